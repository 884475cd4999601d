# expect: mappings limits
# A deliberately bad twin, by which ten invocations become a hundred. Never apply it.
variable "window" {
  description = "Seconds."
  type        = number
  default     = 1

  validation {
    condition     = var.window >= 0 && var.window <= 301
    error_message = "window: from 0 to 301."
  }
}

resource "aws_lambda_event_source_mapping" "source" {
  event_source_arn                   = "arn:aws:kinesis:eu-central-1:123456789012:stream/source"
  function_name                      = "logveil"
  starting_position                  = "LATEST"
  parallelization_factor             = 99
  maximum_batching_window_in_seconds = var.window
  function_response_types            = ["ReportBatchItemFailures"]
}
