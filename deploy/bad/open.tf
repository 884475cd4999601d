# expect: checkov CKV_AWS_43, checkov CKV_AWS_53, checkov CKV_AWS_356, parliament RESOURCE_STAR, wildcard reason, terraform fmt
# A deliberately bad twin, and ill-formatted. Never apply it.
resource "aws_kinesis_stream" "source" {
  name = "source"
  shard_count = 1
}

resource "aws_s3_bucket" "masked" {
  bucket = "masked"
}

resource "aws_s3_bucket_public_access_block" "masked" {
  bucket            = aws_s3_bucket.masked.id
  block_public_acls = false
}

data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["kinesis:*"]
    resources = ["*"]
  }
}
