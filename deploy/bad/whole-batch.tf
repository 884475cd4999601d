# expect: mappings answer
# A deliberately bad twin: an answer that names what failed counts as success. Never apply it.
resource "aws_lambda_event_source_mapping" "source" {
  event_source_arn  = "arn:aws:kinesis:eu-central-1:123456789012:stream/source"
  function_name     = "logveil"
  starting_position = "LATEST"
}
