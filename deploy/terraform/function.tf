# The function, its log and its role, which may write to its sink and read its settings.

locals {
  encrypts      = contains(["kinesis", "s3"], var.sink_kind) || var.fallback
  stage_level   = { dev = "debug", test = "info", prod = "warn" }
  secret_arn    = var.key_secret == "create" ? aws_secretsmanager_secret.keys[0].arn : ""
  sink_policies = { kinesis = data.aws_iam_policy_document.to_kinesis.json, firehose = data.aws_iam_policy_document.to_firehose.json, logs = data.aws_iam_policy_document.to_logs.json, s3 = data.aws_iam_policy_document.to_s3.json }

  # Nothing secret: keys are named, and read where they are. What is empty is left out.
  environment = { for name, value in {
    LOGVEIL_SINK                           = local.sink
    LOGVEIL_FALLBACK                       = var.fallback ? "s3://${local.masked_name}/refused" : ""
    LOGVEIL_QUARANTINE                     = var.quarantine ? "s3://${local.quarantine_name}" : ""
    LOGVEIL_QUARANTINE_KMS_KEY             = var.quarantine ? aws_kms_key.failure.arn : ""
    LOGVEIL_POLICY                         = var.policy
    LOGVEIL_PACKS                          = var.packs
    LOGVEIL_KEY_FILE                       = var.key_file
    LOGVEIL_KEY_SECRET                     = local.secret_arn
    LOGVEIL_REFRESH_SECONDS                = tostring(var.refresh_seconds)
    LOGVEIL_ORDER                          = var.order
    LOGVEIL_OUTPUT                         = var.output
    LOGVEIL_AGGREGATES                     = var.aggregates
    LOGVEIL_GZIP_LEVEL                     = tostring(var.gzip_level)
    LOGVEIL_MAX_INFLATED_MIB               = tostring(var.max_inflated_mib)
    LOGVEIL_MAX_RECORD_BYTES               = tostring(var.max_record_bytes)
    LOGVEIL_S3_COMPRESSION                 = var.s3_compression
    LOGVEIL_CONCURRENCY                    = tostring(var.concurrency)
    LOGVEIL_RESERVE_MILLISECONDS           = tostring(var.reserve_milliseconds)
    LOGVEIL_ATTEMPT_MILLISECONDS           = tostring(var.attempt_milliseconds)
    LOGVEIL_RULE_METRICS                   = var.rule_metrics
    LOGVEIL_IGNORED_LOG_GROUPS             = var.ignored_log_groups
    LOGVEIL_LOG_LEVEL                      = local.stage_level[var.stage]
    PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = local.secret_arn == "" ? "" : tostring(var.extension_port)
  } : name => value if value != "" }
}

resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_338: How long is log_retention_days; the log holds metrics and no records.
  name              = "/aws/lambda/${var.name}"
  kms_key_id        = aws_kms_key.masked.arn
  retention_in_days = var.log_retention_days
  tags              = local.tags
}

data "aws_iam_policy_document" "function_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = "${var.name}-function"
  description        = "The function's own; no other has it."
  assume_role_policy = data.aws_iam_policy_document.function_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "run" {
  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_arn}:/aws/lambda/${var.name}:log-stream:*"] # wildcard: Lambda names the streams
  }
  statement {
    sid       = "DecryptEnvironment"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.masked.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:lambda:FunctionArn"
      values   = [local.function_arn]
    }
  }
}

resource "aws_iam_role_policy" "run" {
  name   = "run"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.run.json
}

data "aws_iam_policy_document" "to_kinesis" {
  statement {
    sid       = "ToKinesis"
    actions   = ["kinesis:PutRecords"]
    resources = [local.masked_stream_arn]
  }
}

data "aws_iam_policy_document" "to_firehose" {
  statement {
    sid       = "ToFirehose"
    actions   = ["firehose:PutRecordBatch"]
    resources = [local.masked_delivery_arn]
  }
}

data "aws_iam_policy_document" "to_logs" {
  statement {
    sid       = "ToLogs"
    actions   = ["logs:PutLogEvents"]
    resources = ["${local.log_arn}:/logveil/${var.name}/masked:log-stream:all"]
  }
}

data "aws_iam_policy_document" "to_s3" {
  statement {
    sid       = "ToS3"
    actions   = ["s3:PutObject"]
    resources = ["${local.masked_arn}/masked/*"] # wildcard: keys tell the hour
  }
}

resource "aws_iam_role_policy" "sink" {
  count  = var.sink_kind == "answer" ? 0 : 1
  name   = "sink"
  role   = aws_iam_role.function.id
  policy = local.sink_policies[var.sink_kind]
}

data "aws_iam_policy_document" "fallback" {
  statement {
    sid       = "ToFallback"
    actions   = ["s3:PutObject"]
    resources = ["${local.masked_arn}/refused/*"] # wildcard: keys tell the hour
  }
}

resource "aws_iam_role_policy" "fallback" {
  count  = var.fallback ? 1 : 0
  name   = "fallback"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.fallback.json
}

data "aws_iam_policy_document" "encrypt" {
  statement {
    sid       = "EncryptWhatIsMasked"
    actions   = ["kms:GenerateDataKey"]
    resources = [aws_kms_key.masked.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["kinesis.${local.region}.amazonaws.com", "s3.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "encrypt" {
  count  = local.encrypts ? 1 : 0
  name   = "encrypt"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.encrypt.json
}

data "aws_iam_policy_document" "quarantine" {
  statement {
    sid       = "ToQuarantine"
    actions   = ["s3:PutObject"]
    resources = ["${local.quarantine_arn}/*"] # wildcard: keys tell the hour
  }
  statement {
    sid       = "EncryptQuarantine"
    actions   = ["kms:GenerateDataKey"]
    resources = [aws_kms_key.failure.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "quarantine" {
  count  = var.quarantine ? 1 : 0
  name   = "quarantine"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.quarantine.json
}

data "aws_iam_policy_document" "keys_of_function" {
  count = var.key_secret == "create" ? 1 : 0
  statement {
    sid       = "ReadKeys"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.keys[0].arn]
  }
  statement {
    sid       = "DecryptKeys"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.masked.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "keys" {
  count  = var.key_secret == "create" ? 1 : 0
  name   = "keys"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.keys_of_function[0].json
}

data "aws_iam_policy_document" "policy_bucket" {
  statement {
    sid       = "ReadPolicy"
    actions   = ["s3:GetObject"]
    resources = ["arn:${local.partition}:s3:::${var.policy_bucket_name}/logveil/*"] # wildcard: policy and packs have names of their own
  }
  # S3 says to KMS which object is read, or, with a key for the bucket, which bucket.
  statement {
    sid       = "DecryptPolicy"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.masked.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
    condition {
      test     = "StringLike"
      variable = "kms:EncryptionContext:aws:s3:arn"
      values = [ # wildcard: policy and packs have names of their own
        "arn:${local.partition}:s3:::${var.policy_bucket_name}",
        "arn:${local.partition}:s3:::${var.policy_bucket_name}/logveil/*",
      ]
    }
  }
}

resource "aws_iam_role_policy" "policy_bucket" {
  count  = var.policy_bucket_name == "" ? 0 : 1
  name   = "policy-bucket"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.policy_bucket.json
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_116: Kinesis and CloudWatch Logs hand failures to the destination of kinesis.tf and logs.tf; Firehose waits for the answer.
  #checkov:skip=CKV_AWS_117: In a network of its own with network = "create"; it needs none, since it reaches AWS alone.
  #checkov:skip=CKV_AWS_272: Signed with code_signing_config_arn; whose signer that is only the user knows.
  function_name                  = var.name
  description                    = "logveil masks secrets and personal data in log records"
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  architectures                  = [var.architecture]
  s3_bucket                      = var.code_bucket
  s3_key                         = var.code_key
  s3_object_version              = var.code_version == "" ? null : var.code_version
  code_signing_config_arn        = var.code_signing_config_arn == "" ? null : var.code_signing_config_arn
  role                           = aws_iam_role.function.arn
  memory_size                    = var.memory_size
  timeout                        = var.timeout
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = aws_kms_key.masked.arn
  layers                         = var.extension_layer_arn == "" ? [] : [var.extension_layer_arn]
  tags                           = local.tags

  environment {
    variables = local.environment
  }
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.function.name
  }
  # The function says itself how long each step took; X-Ray would need rights on `*`.
  tracing_config {
    mode = "PassThrough"
  }
  dynamic "vpc_config" {
    for_each = local.in_network ? [1] : []
    content {
      subnet_ids         = aws_subnet.this[*].id
      security_group_ids = [aws_security_group.function[0].id]
    }
  }

  lifecycle {
    precondition {
      condition     = (var.shape == "firehose") == (var.sink_kind == "answer")
      error_message = "The shape firehose has the sink answer, and no other shape has."
    }
    precondition {
      condition     = var.key_secret == "none" || var.extension_layer_arn != ""
      error_message = "The secret is read through the extension: give extension_layer_arn too."
    }
    precondition {
      condition     = var.architecture == "x86_64" || var.code_key != "logveil-lambda-x86_64.zip"
      error_message = "The package of code_key is for x86_64: give that for arm64."
    }
    precondition {
      condition     = var.shape != "firehose" || var.timeout <= 300
      error_message = "timeout: at most 300 for the shape firehose, which waits no longer for an answer."
    }
  }
  # All that it may do: what calls it waits for it, and the first records would fail for want of a right otherwise.
  depends_on = [
    aws_iam_role_policy.encrypt, aws_iam_role_policy.fallback, aws_iam_role_policy.keys, aws_iam_role_policy.network,
    aws_iam_role_policy.policy_bucket, aws_iam_role_policy.quarantine, aws_iam_role_policy.run, aws_iam_role_policy.sink,
  ]
}
