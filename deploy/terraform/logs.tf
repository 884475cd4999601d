# From subscriptions of CloudWatch Logs, of single log groups or of the account, straight to the function.

locals {
  from_logs = var.shape == "logs"
  # The function's own log group, the one that it writes to, and those that each call of it fills: for ever otherwise.
  own_groups = ["/aws/lambda/${var.name}", "/logveil/${var.name}/masked", "/logveil/${var.name}/firehose", "/logveil/${var.name}/network"]
}

resource "aws_lambda_function_event_invoke_config" "this" {
  count                        = local.from_logs ? 1 : 0
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = var.logs_retries
  maximum_event_age_in_seconds = var.max_event_age_seconds
  destination_config {
    on_failure {
      destination = module.failure.arn
    }
  }
  depends_on = [aws_iam_role_policy.keep_failures]
}

data "aws_iam_policy_document" "replay_logs" {
  statement {
    sid       = "CallTheFunction"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.function_arn]
  }
}

resource "aws_iam_role_policy" "replay_logs" {
  count  = local.from_logs ? 1 : 0
  name   = "replay"
  role   = aws_iam_role.operator.id
  policy = data.aws_iam_policy_document.replay_logs.json
}

# One for all groups: Lambda keeps 20 KB of permissions, which one for each would fill with some fifty groups.
resource "aws_lambda_permission" "logs" {
  count          = local.from_logs ? 1 : 0
  function_name  = aws_lambda_function.this.function_name
  action         = "lambda:InvokeFunction"
  principal      = "logs.${local.region}.amazonaws.com"
  source_account = local.account
  source_arn     = "${local.log_arn}:*" # wildcard: the account's groups; which ones, subscriptions say
}

resource "aws_cloudwatch_log_subscription_filter" "group" {
  for_each        = local.from_logs ? toset(var.log_groups) : toset([])
  name            = var.name
  log_group_name  = each.value
  filter_pattern  = var.filter_pattern
  destination_arn = aws_lambda_function.this.arn
  depends_on      = [aws_lambda_permission.logs]
  lifecycle {
    precondition {
      condition     = !contains(local.own_groups, each.value)
      error_message = "A log group of logveil itself cannot be subscribed to: it would call itself for ever."
    }
  }
}

resource "aws_cloudwatch_log_account_policy" "this" {
  count       = local.from_logs && var.account_level ? 1 : 0
  policy_name = var.name
  policy_type = "SUBSCRIPTION_FILTER_POLICY"
  scope       = "ALL"
  policy_document = jsonencode({
    DestinationArn = aws_lambda_function.this.arn
    FilterPattern  = var.filter_pattern
    Distribution   = "Random"
  })
  selection_criteria = "LogGroupName NOT IN ${jsonencode(concat(local.own_groups, var.excluded_log_groups))}"
  depends_on         = [aws_lambda_permission.logs]
}
