# A private bucket: one key, TLS alone, no object that lives longer than it says. What else its policy denies is given.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

variable "name" {
  description = "The bucket's name."
  type        = string
}

variable "kms_key_arn" {
  description = "The key of its objects; those of S3 itself if null, which is for access logs alone."
  type        = string
  default     = null
}

variable "days" {
  description = "How long objects are kept, by the beginning of their keys; \"\" is all others."
  type        = map(number)
}

variable "former_days" {
  description = "How long former versions of them are kept, by the same; a day if it is not said."
  type        = map(number)
  default     = {}
}

variable "log_bucket" {
  description = "Where it is kept who read it, if anywhere."
  type        = string
  default     = null
}

variable "policies" {
  description = "Documents of policies that are joined to that of TLS."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Its tags."
  type        = map(string)
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV2_AWS_62: Nobody waits for its objects; alarms watch what fills it.
  #checkov:skip=CKV_AWS_144: What is kept raw must not be copied elsewhere, and masked records may be made again from their source.
  #checkov:skip=CKV_AWS_145: With a key unless it holds access logs, which S3 writes under its own keys alone.
  #checkov:skip=CKV_AWS_18: It logs its access unless it holds these logs itself.
  bucket = var.name
  tags   = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    bucket_key_enabled = var.kms_key_arn != null
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  dynamic "rule" {
    for_each = var.days
    content {
      id     = rule.key == "" ? "expire" : trim(rule.key, "/")
      status = "Enabled"
      filter {
        prefix = rule.key
      }
      expiration {
        days = rule.value
      }
      noncurrent_version_expiration {
        noncurrent_days = lookup(var.former_days, rule.key, 1)
      }
    }
  }

  rule {
    id     = "unfinished"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_logging" "this" {
  count         = var.log_bucket == null ? 0 : 1
  bucket        = aws_s3_bucket.this.id
  target_bucket = var.log_bucket
  target_prefix = "${var.name}/"
}

data "aws_iam_policy_document" "this" {
  source_policy_documents = var.policies

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]                                                # wildcard: a denial, of everything
    resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"] # wildcard: every object
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

resource "aws_s3_bucket_policy" "this" {
  bucket     = aws_s3_bucket.this.id
  policy     = data.aws_iam_policy_document.this.json
  depends_on = [aws_s3_bucket_public_access_block.this]
}

output "arn" {
  description = "Its ARN."
  value       = aws_s3_bucket.this.arn
}

output "name" {
  description = "Its name, once it is there."
  value       = aws_s3_bucket.this.id
  # Who logs into it may do so then.
  depends_on = [aws_s3_bucket_policy.this]
}
