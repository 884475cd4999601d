# As the transformation of a Firehose stream, which delivers to the masked bucket.

locals {
  from_firehose = var.shape == "firehose"
}

data "aws_iam_policy_document" "transform" {
  statement {
    sid       = "Mask"
    actions   = ["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"]
    resources = [local.function_arn, "${local.function_arn}:$LATEST"]
  }
  statement {
    sid       = "DecryptTheStream"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.source.arn]
  }
}

resource "aws_iam_role_policy" "transform" {
  count  = local.from_firehose ? 1 : 0
  name   = "transform"
  role   = aws_iam_role.delivery[0].id
  policy = data.aws_iam_policy_document.transform.json
}

data "aws_iam_policy_document" "replay_firehose" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.masked_arn]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["failed/*"] # wildcard: what is below
    }
  }
  statement {
    sid       = "ReadAndDelete"
    actions   = ["s3:DeleteObject", "s3:GetObject"]
    resources = ["${local.masked_arn}/failed/*"] # wildcard: every object there
  }
  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.masked.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
  }
  statement {
    sid       = "WriteToTheStream"
    actions   = ["firehose:PutRecordBatch"]
    resources = ["arn:${local.partition}:firehose:${local.region}:${local.account}:deliverystream/${var.name}"]
  }
}

resource "aws_iam_role_policy" "replay_firehose" {
  count  = local.from_firehose ? 1 : 0
  name   = "replay"
  role   = aws_iam_role.operator.id
  policy = data.aws_iam_policy_document.replay_firehose.json
}

resource "aws_kinesis_firehose_delivery_stream" "source" {
  count       = local.from_firehose ? 1 : 0
  name        = var.name
  destination = "extended_s3"
  tags        = local.tags
  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = aws_kms_key.source.arn
  }
  extended_s3_configuration {
    bucket_arn = module.masked.arn
    role_arn   = aws_iam_role.delivery[0].arn
    prefix     = "masked/"
    # What the function could not be had for is stored here raw. The bucket's policy lets the operator alone read it.
    error_output_prefix = "failed/!{firehose:error-output-type}/"
    # No backup: it would hold every record as it came.
    s3_backup_mode     = "Disabled"
    buffering_interval = var.deliver_seconds
    buffering_size     = var.deliver_mebibytes
    compression_format = "GZIP"
    kms_key_arn        = aws_kms_key.masked.arn
    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose[0].name
      log_stream_name = aws_cloudwatch_log_stream.firehose[0].name
    }
    processing_configuration {
      enabled = true
      processors {
        type = "Lambda"
        parameters {
          parameter_name  = "LambdaArn"
          parameter_value = "${aws_lambda_function.this.arn}:$LATEST"
        }
        parameters {
          parameter_name  = "RoleArn"
          parameter_value = aws_iam_role.delivery[0].arn
        }
        parameters {
          parameter_name  = "NumberOfRetries"
          parameter_value = var.transform_retries
        }
        parameters {
          parameter_name  = "BufferSizeInMBs"
          parameter_value = var.transform_mebibytes
        }
        parameters {
          parameter_name  = "BufferIntervalInSeconds"
          parameter_value = var.transform_seconds
        }
      }
    }
  }
  depends_on = [aws_iam_role_policy.delivery, aws_iam_role_policy.transform]
}
