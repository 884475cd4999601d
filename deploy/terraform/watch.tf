# Alarms, a dashboard and a budget. docs/operations.md says what to do about each.

locals {
  topic_arn = "arn:${local.partition}:sns:${local.region}:${local.account}:${var.name}-alarms"
  # Above the threshold, so many times out of so many periods; where `when` is.
  alarms = {
    errors      = { when = true, about = "Invocations fail as a whole: no start (policy, packs, keys), no time or no memory.", namespace = "AWS/Lambda", metric = "Errors", period = 60, periods = 5, times = 3 }
    throttles   = { when = true, about = "Lambda has no room for the function: reserved concurrency is below shards times parallelisation.", namespace = "AWS/Lambda", metric = "Throttles", period = 60, periods = 5, times = 3 }
    destination = { when = !local.from_firehose, about = "Lambda could not keep what it gave up, in the failure bucket or the queue: that is lost.", namespace = "AWS/Lambda", metric = "DestinationDeliveryFailures", period = 60, periods = 1, times = 1 }
    given-up    = { when = local.from_logs, about = "Lambda gave events up. They wait in the failure bucket, raw: replay them before they expire.", namespace = "AWS/Lambda", metric = "AsyncEventsDropped", period = 300, periods = 1, times = 1 }
    undecodable = { when = true, about = "Records could not be decoded; a stand-in goes on in their place.", namespace = "Logveil", metric = "Undecodable", period = 300, periods = 1, times = 1 }
    failed      = { when = true, about = "Records were not delivered and come again: the sink throttles, is down, is gone or may not be written to. Those that fail for good are kept raw in the failure bucket.", namespace = "Logveil", metric = "Failed", period = 60, periods = 5, times = 3 }
    diverted    = { when = true, about = "The sink refused records for good, or an answer to Firehose had no room for them. They lie below refused/ in the masked bucket, masked, and are missing at the sink.", namespace = "Logveil", metric = "Diverted", period = 300, periods = 1, times = 1 }
    refused     = { when = true, about = "The sink refused records for good, and so did the fallback, if there is one.", namespace = "Logveil", metric = "Refused", period = 300, periods = 1, times = 1 }
    refresh     = { when = true, about = "Policy or keys could not be read anew; the last good ones are in force.", namespace = "Logveil", metric = "RefreshFailures", period = 300, periods = 3, times = 3 }
    loop        = { when = true, about = "Events of the function's own log groups come in: a subscription does not leave them out. They are dropped, but paid for.", namespace = "Logveil", metric = "Ignored", period = 300, periods = 3, times = 3 }
  }
  # The same, of the event source mapping.
  mapping_alarms = {
    given-up = { about = "Lambda gave records up. They wait in the failure bucket, raw, or are named in the queue: replay them before they expire.", metric = "OnFailureDestinationDeliveredEventCount", period = 300 }
    dropped  = { about = "Lambda gave records up and could not keep them either: they are lost.", metric = "DroppedEventCount", period = 60 }
  }
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = aws_kms_key.masked.arn
  tags              = local.tags
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "AlarmsAndBudgets"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]
    principals {
      type        = "AWS"
      identifiers = ["*"] # wildcard: a denial, for everyone
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "email" {
  count     = var.alarm_email == "" ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_cloudwatch_metric_alarm" "counted" {
  for_each            = { for name, alarm in local.alarms : name => alarm if alarm.when }
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.about
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = { FunctionName = var.name }
  statistic           = "Sum"
  period              = each.value.period
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.times
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = local.tags
}

resource "aws_cloudwatch_metric_alarm" "mapping" {
  for_each            = { for name, alarm in local.mapping_alarms : name => alarm if local.from_kinesis }
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.about
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  dimensions          = { EventSourceMappingUUID = aws_lambda_event_source_mapping.this[0].uuid }
  statistic           = "Sum"
  period              = each.value.period
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = local.tags
}

# Where records come in and none is asked for: the mapping is disabled, or the stream or its key cannot be read.
resource "aws_cloudwatch_metric_alarm" "stopped" {
  count               = local.from_kinesis ? 1 : 0
  alarm_name          = "${var.name}-stopped"
  alarm_description   = "Records come into the source stream, and the function is not called with them."
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = local.tags

  metric_query {
    id          = "incoming"
    return_data = false
    metric {
      namespace   = "AWS/Kinesis"
      metric_name = "IncomingRecords"
      stat        = "Sum"
      period      = 300
      dimensions  = { StreamName = element(split("/", local.source_arn), 1) }
    }
  }
  metric_query {
    id          = "invocations"
    return_data = false
    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Invocations"
      stat        = "Sum"
      period      = 300
      dimensions  = { FunctionName = var.name }
    }
  }
  # Without calls there is no data, and no comparison with it.
  metric_query {
    id          = "stopped"
    expression  = "IF(FILL(incoming, 0) > 0 AND FILL(invocations, 0) == 0, 1, 0)"
    label       = "Records without calls"
    return_data = true
  }
}

resource "aws_cloudwatch_metric_alarm" "silent" {
  count               = var.expect_traffic ? 1 : 0
  alarm_name          = "${var.name}-silent"
  alarm_description   = "The function was not called for a quarter of an hour."
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  dimensions          = { FunctionName = var.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = local.tags
}

resource "aws_cloudwatch_metric_alarm" "iterator_age" {
  count               = local.from_kinesis ? 1 : 0
  alarm_name          = "${var.name}-iterator-age"
  alarm_description   = "The function is behind its stream. What is older than the stream's retention is lost."
  namespace           = "AWS/Lambda"
  metric_name         = "IteratorAge"
  dimensions          = { FunctionName = var.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  threshold           = var.iterator_age_seconds * 1000
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = local.tags
}

# One call that fails is enough, since it may be the last of its batch; those that a retry makes good are told too.
resource "aws_cloudwatch_metric_alarm" "raw_delivery" {
  count               = local.from_firehose ? 1 : 0
  alarm_name          = "${var.name}-raw-delivery"
  alarm_description   = "Firehose could not have the function: unless a retry made it good, records lie unmasked below failed/."
  namespace           = "AWS/Firehose"
  metric_name         = "ExecuteProcessing.Success"
  dimensions          = { DeliveryStreamName = var.name }
  statistic           = "Minimum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = local.tags
}

# Up: somebody logs what should not be logged. Down: a rule was switched off, or a format changed, and more may get through.
resource "aws_cloudwatch_metric_alarm" "findings" {
  alarm_name          = "${var.name}-findings"
  alarm_description   = "Findings per event jump up or fall."
  comparison_operator = "LessThanLowerOrGreaterThanUpperThreshold"
  evaluation_periods  = 3
  threshold_metric_id = "band"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = local.tags

  dynamic "metric_query" {
    for_each = { findings = "Findings", events = "Events" }
    content {
      id          = metric_query.key
      return_data = false
      metric {
        namespace   = "Logveil"
        metric_name = metric_query.value
        stat        = "Sum"
        period      = 300
        dimensions  = { FunctionName = var.name }
      }
    }
  }
  metric_query {
    id          = "rate"
    expression  = "findings / events"
    label       = "Findings per event"
    return_data = true
  }
  metric_query {
    id          = "band"
    expression  = "ANOMALY_DETECTION_BAND(rate, ${var.findings_band})"
    label       = "Usual"
    return_data = true
  }
}

locals {
  # Title, namespace, statistic, metrics; three in a row.
  widgets = [
    ["Records", "Logveil", "Sum", ["Records", "Events", "Delivered"]],
    ["What did not go well", "Logveil", "Sum", ["Failed", "Diverted", "Refused", "Undecodable", "Quarantined", "RefreshFailures", "Ignored"]],
    ["Findings", "Logveil", "Sum", ["Findings"]],
    ["Bytes", "Logveil", "Sum", ["BytesIn", "TextBytes", "BytesOut"]],
    ["Time of an invocation", "Logveil", "p99", ["DecodeTime", "ScanTime", "EncodeTime", "SendTime"]],
    ["Sending", "Logveil", "Sum", ["Retries", "Reordered"]],
    ["Behind the stream", "AWS/Lambda", "Maximum", ["IteratorAge"]],
    ["Invocations", "AWS/Lambda", "Sum", ["Invocations", "Errors", "Throttles"]],
    ["Duration", "AWS/Lambda", "p99", ["Duration"]],
  ]
  by_class = "SEARCH('{Logveil,FunctionName,Class} MetricName=\"Findings\" FunctionName=\"${var.name}\"','Sum',60)"
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat([for place, widget in local.widgets : {
      type   = "metric"
      x      = place % 3 * 8
      y      = floor(place / 3) * 6
      width  = 8
      height = 6
      properties = {
        title   = widget[0]
        region  = local.region
        stat    = widget[2]
        period  = 60
        metrics = [for metric in widget[3] : [widget[1], metric, "FunctionName", var.name]]
      }
      }], [{
      type       = "metric"
      x          = 0
      y          = 18
      width      = 24
      height     = 6
      properties = { title = "Findings by class", region = local.region, stat = "Sum", period = 60, metrics = [[{ expression = local.by_class, id = "classes" }]] }
    }])
  })
}

resource "aws_budgets_budget" "this" {
  name         = var.name
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(var.monthly_budget)
  limit_unit   = "USD"
  depends_on   = [aws_sns_topic_policy.alarms]

  cost_filter {
    name   = "TagKeyValue"
    values = [join("$", ["user:logveil", var.name])]
  }
  notification {
    notification_type         = "ACTUAL"
    comparison_operator       = "GREATER_THAN"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }
  notification {
    notification_type         = "FORECASTED"
    comparison_operator       = "GREATER_THAN"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }
}
