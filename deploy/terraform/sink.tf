# Where masked records go: beside the masked bucket a stream, a delivery stream or a log group, as sink_kind says.

locals {
  masked_stream_arn   = "arn:${local.partition}:kinesis:${local.region}:${local.account}:stream/${var.name}-masked"
  masked_delivery_arn = "arn:${local.partition}:firehose:${local.region}:${local.account}:deliverystream/${var.name}-masked"
  sink = {
    kinesis  = "kinesis:${var.name}-masked"
    firehose = "firehose:${var.name}-masked"
    logs     = "logs:/logveil/${var.name}/masked:all"
    s3       = "s3://${local.masked_name}/masked"
    answer   = "answer"
  }[var.sink_kind]
  # Firehose has a role and a log for the stream that is masked and for the one that is the sink; never both.
  has_firehose = var.sink_kind == "firehose" || var.shape == "firehose"
}

resource "aws_kinesis_stream" "masked" {
  count            = var.sink_kind == "kinesis" ? 1 : 0
  name             = "${var.name}-masked"
  retention_period = var.stream_retention_hours
  encryption_type  = "KMS"
  kms_key_id       = aws_kms_key.masked.arn
  tags             = local.tags
  stream_mode_details {
    stream_mode = "ON_DEMAND"
  }
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "masked" {
  #checkov:skip=CKV_AWS_338: How long is masked_retention_days; keeping logs longer than they are needed is no gain.
  count             = var.sink_kind == "logs" ? 1 : 0
  name              = "/logveil/${var.name}/masked"
  kms_key_id        = aws_kms_key.masked.arn
  retention_in_days = var.masked_retention_days
  tags              = local.tags
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudwatch_log_stream" "masked" {
  count          = var.sink_kind == "logs" ? 1 : 0
  name           = "all"
  log_group_name = aws_cloudwatch_log_group.masked[0].name
}

resource "aws_kinesis_firehose_delivery_stream" "masked" {
  count       = var.sink_kind == "firehose" ? 1 : 0
  name        = "${var.name}-masked"
  destination = "extended_s3"
  tags        = local.tags
  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = aws_kms_key.masked.arn
  }
  extended_s3_configuration {
    bucket_arn          = module.masked.arn
    role_arn            = aws_iam_role.delivery[0].arn
    prefix              = "masked/"
    error_output_prefix = "undelivered/!{firehose:error-output-type}/"
    buffering_interval  = 300
    buffering_size      = 64
    compression_format  = "GZIP"
    kms_key_arn         = aws_kms_key.masked.arn
    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose[0].name
      log_stream_name = aws_cloudwatch_log_stream.firehose[0].name
    }
  }
}

resource "aws_cloudwatch_log_group" "firehose" {
  #checkov:skip=CKV_AWS_338: It says why a delivery failed; a month is long enough to look.
  count             = local.has_firehose ? 1 : 0
  name              = "/logveil/${var.name}/firehose"
  kms_key_id        = aws_kms_key.masked.arn
  retention_in_days = 30
  tags              = local.tags
}

resource "aws_cloudwatch_log_stream" "firehose" {
  count          = local.has_firehose ? 1 : 0
  name           = "delivery"
  log_group_name = aws_cloudwatch_log_group.firehose[0].name
}

data "aws_iam_policy_document" "delivery_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["firehose.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "delivery" {
  count              = local.has_firehose ? 1 : 0
  name               = "${var.name}-delivery"
  description        = "Delivers records to the masked bucket."
  assume_role_policy = data.aws_iam_policy_document.delivery_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "delivery" {
  statement {
    sid       = "Write"
    actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
    resources = ["${local.masked_arn}/*"] # wildcard: Firehose chooses the keys
  }
  statement {
    sid       = "Look"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [local.masked_arn]
  }
  statement {
    sid       = "Encrypt"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.masked.arn]
  }
  statement {
    sid       = "Log"
    actions   = ["logs:PutLogEvents"]
    resources = ["${local.log_arn}:/logveil/${var.name}/firehose:log-stream:delivery"]
  }
}

resource "aws_iam_role_policy" "delivery" {
  count  = local.has_firehose ? 1 : 0
  name   = "deliver"
  role   = aws_iam_role.delivery[0].id
  policy = data.aws_iam_policy_document.delivery.json
}
