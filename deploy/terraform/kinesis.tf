# From a Kinesis stream: the stream of raw records, and what calls the function with them.

locals {
  from_kinesis = var.shape == "kinesis"
  makes_stream = local.from_kinesis && var.source_stream_arn == ""
  source_arn   = var.source_stream_arn == "" ? "arn:${local.partition}:kinesis:${local.region}:${local.account}:stream/${var.name}-source" : var.source_stream_arn
  source_key   = var.source_stream_key_arn == "" ? aws_kms_key.source.arn : var.source_stream_key_arn
  queue_arn    = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}-failures"
}

resource "aws_kinesis_stream" "source" {
  count            = local.makes_stream ? 1 : 0
  name             = "${var.name}-source"
  shard_count      = var.shard_count == 0 ? null : var.shard_count
  retention_period = var.source_retention_hours
  encryption_type  = "KMS"
  kms_key_id       = aws_kms_key.source.arn
  tags             = local.tags
  stream_mode_details {
    stream_mode = var.shard_count == 0 ? "ON_DEMAND" : "PROVISIONED"
  }
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_sqs_queue" "failures" {
  count                     = local.from_kinesis && var.on_failure == "sqs" ? 1 : 0
  name                      = "${var.name}-failures"
  kms_master_key_id         = aws_kms_key.masked.arn
  message_retention_seconds = 1209600
  tags                      = local.tags
  lifecycle {
    prevent_destroy = true
  }
}

data "aws_iam_policy_document" "queue" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage"]
    resources = [local.queue_arn]
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

resource "aws_sqs_queue_policy" "failures" {
  count     = local.from_kinesis && var.on_failure == "sqs" ? 1 : 0
  queue_url = aws_sqs_queue.failures[0].id
  policy    = data.aws_iam_policy_document.queue.json
}

data "aws_iam_policy_document" "read_source" {
  statement {
    sid       = "Read"
    actions   = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
    resources = [local.source_arn]
  }
  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [local.source_key]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["kinesis.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "read_source" {
  count  = local.from_kinesis ? 1 : 0
  name   = "read-source"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.read_source.json
}

data "aws_iam_policy_document" "keep_failures" {
  statement {
    sid       = "KeepFailures"
    actions   = ["s3:PutObject"]
    resources = ["${local.failure_arn}/*"] # wildcard: Lambda chooses the keys
  }
  statement {
    sid       = "LookForTheBucket"
    actions   = ["s3:ListBucket"]
    resources = [local.failure_arn]
  }
  statement {
    sid       = "EncryptFailures"
    actions   = ["kms:GenerateDataKey"]
    resources = [aws_kms_key.failure.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "keep_failures" {
  count  = (local.from_kinesis && var.on_failure == "s3") || var.shape == "logs" ? 1 : 0
  name   = "keep-failures"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.keep_failures.json
}

data "aws_iam_policy_document" "tell_failures" {
  statement {
    sid       = "TellFailures"
    actions   = ["sqs:SendMessage"]
    resources = [local.queue_arn]
  }
  statement {
    sid       = "EncryptMessages"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.masked.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["sqs.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "tell_failures" {
  count  = local.from_kinesis && var.on_failure == "sqs" ? 1 : 0
  name   = "tell-failures"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.tell_failures.json
}

data "aws_iam_policy_document" "replay" {
  statement {
    sid       = "WriteToTheSource"
    actions   = ["kinesis:DescribeStreamSummary", "kinesis:PutRecord", "kinesis:PutRecords"]
    resources = [local.source_arn]
  }
  statement {
    sid       = "Encrypt"
    actions   = ["kms:GenerateDataKey"]
    resources = [local.source_key]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["kinesis.${local.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "replay_by_number" {
  statement {
    sid       = "ReadTheQueue"
    actions   = ["sqs:DeleteMessage", "sqs:ReceiveMessage"]
    resources = [local.queue_arn]
  }
  statement {
    sid       = "DecryptMessages"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.masked.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["sqs.${local.region}.amazonaws.com"]
    }
  }
  statement {
    sid       = "ReadTheSource"
    actions   = ["kinesis:GetRecords", "kinesis:GetShardIterator"]
    resources = [local.source_arn]
  }
  statement {
    sid       = "DecryptTheSource"
    actions   = ["kms:Decrypt"]
    resources = [local.source_key]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["kinesis.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "replay_by_number" {
  count  = local.from_kinesis && var.on_failure == "sqs" ? 1 : 0
  name   = "replay-by-number"
  role   = aws_iam_role.operator.id
  policy = data.aws_iam_policy_document.replay_by_number.json
}

resource "aws_iam_role_policy" "replay" {
  count  = local.from_kinesis ? 1 : 0
  name   = "replay"
  role   = aws_iam_role.operator.id
  policy = data.aws_iam_policy_document.replay.json
}

resource "aws_lambda_event_source_mapping" "this" {
  count                              = local.from_kinesis ? 1 : 0
  event_source_arn                   = local.makes_stream ? aws_kinesis_stream.source[0].arn : var.source_stream_arn
  function_name                      = aws_lambda_function.this.arn
  starting_position                  = var.starting_position
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.batch_window_seconds
  parallelization_factor             = var.parallelization
  bisect_batch_on_function_error     = var.bisect
  maximum_retry_attempts             = var.retries
  maximum_record_age_in_seconds      = var.max_record_age_seconds
  # Without this an answer that names what failed counts as success, and the records are lost.
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = local.tags
  destination_config {
    on_failure {
      destination_arn = var.on_failure == "sqs" ? aws_sqs_queue.failures[0].arn : module.failure.arn
    }
  }
  metrics_config {
    metrics = ["EventCount"]
  }
  lifecycle {
    precondition {
      condition     = var.source_stream_arn == "" || var.source_stream_key_arn != ""
      error_message = "The function must decrypt what the stream of source_stream_arn holds: give source_stream_key_arn too."
    }
  }
  depends_on = [aws_iam_role_policy.read_source, aws_iam_role_policy.keep_failures, aws_iam_role_policy.tell_failures]
}

data "aws_iam_policy_document" "logs_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.amazonaws.com"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:logs:${local.region}:${local.account}:*"] # wildcard: every log group of the account
    }
  }
}

resource "aws_iam_role" "logs" {
  count              = local.from_kinesis && var.accept_logs ? 1 : 0
  name               = "${var.name}-logs-to-source"
  description        = "Subscriptions of CloudWatch Logs write to the stream."
  assume_role_policy = data.aws_iam_policy_document.logs_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "logs" {
  statement {
    sid       = "Write"
    actions   = ["kinesis:PutRecord"]
    resources = [local.source_arn]
  }
  statement {
    sid       = "Encrypt"
    actions   = ["kms:GenerateDataKey"]
    resources = [local.source_key]
  }
}

resource "aws_iam_role_policy" "logs" {
  count  = local.from_kinesis && var.accept_logs ? 1 : 0
  name   = "write"
  role   = aws_iam_role.logs[0].id
  policy = data.aws_iam_policy_document.logs.json
}
