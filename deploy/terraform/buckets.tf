# The buckets: for records that were not masked (failures, quarantine), for masked ones, and for who read them. Of the first
# two the operator's role is the only reader.

locals {
  suffix          = "${local.account}-${local.region}"
  failure_arn     = "arn:${local.partition}:s3:::${var.name}-failure-${local.suffix}"
  quarantine_arn  = "arn:${local.partition}:s3:::${var.name}-quarantine-${local.suffix}"
  masked_arn      = "arn:${local.partition}:s3:::${var.name}-masked-${local.suffix}"
  access_arn      = "arn:${local.partition}:s3:::${var.name}-access-${local.suffix}"
  quarantine_name = "${var.name}-quarantine-${local.suffix}"
  masked_name     = "${var.name}-masked-${local.suffix}"
}

module "access" {
  source   = "./bucket"
  name     = "${var.name}-access-${local.suffix}"
  days     = { "" = var.access_log_retention_days }
  policies = [data.aws_iam_policy_document.access_logs.json]
  tags     = local.tags
}

data "aws_iam_policy_document" "access_logs" {
  statement {
    sid       = "AccessLogs"
    actions   = ["s3:PutObject"]
    resources = ["${local.access_arn}/*"] # wildcard: S3 chooses the keys
    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:s3:::${var.name}-*"] # wildcard: the buckets of this name
    }
  }
}

module "failure" {
  source      = "./bucket"
  name        = "${var.name}-failure-${local.suffix}"
  kms_key_arn = aws_kms_key.failure.arn
  days        = { "" = var.raw_retention_days }
  log_bucket  = module.access.name
  policies    = [data.aws_iam_policy_document.failure_readers.json]
  tags        = local.tags
}

module "quarantine" {
  source      = "./bucket"
  name        = local.quarantine_name
  kms_key_arn = aws_kms_key.failure.arn
  days        = { "" = var.raw_retention_days }
  log_bucket  = module.access.name
  policies    = [data.aws_iam_policy_document.quarantine_readers.json]
  tags        = local.tags
}

data "aws_iam_policy_document" "failure_readers" {
  statement {
    sid       = "OnlyTheOperatorReads"
    effect    = "Deny"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${local.failure_arn}/*"] # wildcard: every object
    principals {
      type        = "AWS"
      identifiers = ["*"] # wildcard: a denial, for everyone but the operator
    }
    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = [local.operator_role]
    }
  }
  statement {
    sid       = "OnlyUnderItsKey"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.failure_arn}/*"] # wildcard: every object
    principals {
      type        = "AWS"
      identifiers = ["*"] # wildcard: a denial, for everyone
    }
    condition {
      test     = "ArnNotEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = [aws_kms_key.failure.arn]
    }
    # Who names none gets that of the bucket. No more is denied than here: Lambda writes into this bucket, AWS does not say
    # with which headers, and what it may not write is lost.
    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = ["false"]
    }
  }
}

data "aws_iam_policy_document" "quarantine_readers" {
  statement {
    sid       = "OnlyTheOperatorReads"
    effect    = "Deny"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${local.quarantine_arn}/*"] # wildcard: every object
    principals {
      type        = "AWS"
      identifiers = ["*"] # wildcard: a denial, for everyone but the operator
    }
    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = [local.operator_role]
    }
  }
  statement {
    sid       = "OnlyUnderItsKey"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.quarantine_arn}/*"] # wildcard: every object
    principals {
      type        = "AWS"
      identifiers = ["*"] # wildcard: a denial, for everyone
    }
    condition {
      test     = "ArnNotEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = [aws_kms_key.failure.arn]
    }
    # Who names none gets that of the bucket.
    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = ["false"]
    }
  }
  statement {
    sid       = "UnderAKey"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.quarantine_arn}/*"] # wildcard: every object
    principals {
      type        = "AWS"
      identifiers = ["*"] # wildcard: a denial, for everyone
    }
    condition {
      test     = "StringNotEquals"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["aws:kms"]
    }
    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["false"]
    }
  }
  # A kind of encryption without a key is that of the account.
  statement {
    sid       = "NamedBesideItsKind"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${local.quarantine_arn}/*"] # wildcard: every object
    principals {
      type        = "AWS"
      identifiers = ["*"] # wildcard: a denial, for everyone
    }
    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption"
      values   = ["false"]
    }
    condition {
      test     = "Null"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = ["true"]
    }
  }
}

module "masked" {
  source      = "./bucket"
  name        = local.masked_name
  kms_key_arn = aws_kms_key.masked.arn
  days        = { "" = var.masked_retention_days, "failed/" = var.raw_retention_days }
  former_days = { "" = 7 }
  log_bucket  = module.access.name
  policies    = [data.aws_iam_policy_document.masked_readers.json]
  tags        = local.tags
}

# Firehose writes what it could not have masked into the bucket of its destination, and into no other.
data "aws_iam_policy_document" "masked_readers" {
  statement {
    sid       = "OnlyTheOperatorReadsWhatIsRaw"
    effect    = "Deny"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${local.masked_arn}/failed/*"] # wildcard: every object there
    principals {
      type        = "AWS"
      identifiers = ["*"] # wildcard: a denial, for everyone but the operator
    }
    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = [local.operator_role]
    }
  }
}
