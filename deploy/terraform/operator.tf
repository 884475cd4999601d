# The role that reads records that were not masked, to replay them, and the keys, to reveal and to rotate.

data "aws_iam_policy_document" "operator_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [var.operator_principal_arn == "" ? local.root : var.operator_principal_arn]
    }
    dynamic "condition" {
      for_each = var.operator_mfa ? [1] : []
      content {
        test     = "Bool"
        variable = "aws:MultiFactorAuthPresent"
        values   = ["true"]
      }
    }
  }
}

resource "aws_iam_role" "operator" {
  name                 = "${var.name}-operator"
  description          = "Reads records that were not masked, to replay them."
  max_session_duration = 3600
  assume_role_policy   = data.aws_iam_policy_document.operator_trust.json
  tags                 = local.tags
  lifecycle {
    precondition {
      condition     = var.operator_mfa || var.operator_principal_arn != ""
      error_message = "Without operator_mfa name who may be the operator: give operator_principal_arn."
    }
  }
}

data "aws_iam_policy_document" "operator" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.failure_arn, local.quarantine_arn]
  }
  statement {
    sid       = "ReadAndDelete"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject"]
    resources = ["${local.failure_arn}/*", "${local.quarantine_arn}/*"] # wildcard: every object in these two
  }
  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.failure.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "operator" {
  name   = "read"
  role   = aws_iam_role.operator.id
  policy = data.aws_iam_policy_document.operator.json
}

data "aws_iam_policy_document" "operator_keys" {
  count = var.key_secret == "create" ? 1 : 0
  statement {
    sid       = "RevealAndRotate"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
    resources = [aws_secretsmanager_secret.keys[0].arn]
  }
  statement {
    sid       = "DecryptKeys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.masked.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "operator_keys" {
  count  = var.key_secret == "create" ? 1 : 0
  name   = "keys"
  role   = aws_iam_role.operator.id
  policy = data.aws_iam_policy_document.operator_keys[0].json
}
