output "function_arn" {
  description = "The function."
  value       = aws_lambda_function.this.arn
}

output "source_stream_arn" {
  description = "Where raw records are put, with the shape kinesis."
  value       = local.from_kinesis ? local.source_arn : null
}

output "logs_role_arn" {
  description = "The role with which subscriptions of CloudWatch Logs write there, if accept_logs."
  value       = one(aws_iam_role.logs[*].arn)
}

output "delivery_stream_arn" {
  description = "Where raw records are put, with the shape firehose."
  value       = one(aws_kinesis_firehose_delivery_stream.source[*].arn)
}

output "sink" {
  description = "Where masked records go."
  value       = local.sink
}

output "failure_bucket_name" {
  description = "The bucket for records that failed."
  value       = module.failure.name
}

output "quarantine_bucket_name" {
  description = "The bucket for the raw bytes of what cannot be decoded."
  value       = module.quarantine.name
}

output "operator_role_arn" {
  description = "The only role that reads these two."
  value       = aws_iam_role.operator.arn
}
