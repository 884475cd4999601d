# One key for what comes in raw, one for what is kept raw, one for what is masked; and the secret of hash and encrypt.
# `resources = ["*"]` in a key policy is the key that the policy belongs to: KMS takes nothing else there.

locals {
  administer = [
    "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey", "kms:DisableKey", "kms:EnableKey",
    "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyRotations",
    "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:RevokeGrant", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource",
    "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
  ]
}

data "aws_iam_policy_document" "source_key" {
  #checkov:skip=CKV_AWS_111: In a key policy `*` is the key itself.
  #checkov:skip=CKV_AWS_356: In a key policy `*` is the key itself.
  statement {
    sid       = "AccountAdministersAndDoesNotUse"
    actions   = local.administer
    resources = ["*"] # wildcard: the key itself
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
  statement {
    sid       = "OnlyThroughTheStreams"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"]
    resources = ["*"] # wildcard: the key itself
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [local.account]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["kinesis.${local.region}.amazonaws.com", "firehose.${local.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "failure_key" {
  #checkov:skip=CKV_AWS_111: In a key policy `*` is the key itself.
  #checkov:skip=CKV_AWS_356: In a key policy `*` is the key itself.
  statement {
    sid       = "AccountAdministersAndDoesNotUse"
    actions   = local.administer
    resources = ["*"] # wildcard: the key itself
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
  # Named by condition, since the roles are made after the key.
  statement {
    sid       = "TheFunctionWrites"
    actions   = ["kms:GenerateDataKey"]
    resources = ["*"] # wildcard: the key itself
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = [local.function_role]
    }
  }
  statement {
    sid       = "TheOperatorReads"
    actions   = ["kms:Decrypt"]
    resources = ["*"] # wildcard: the key itself
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = [local.operator_role]
    }
  }
}

data "aws_iam_policy_document" "masked_key" {
  #checkov:skip=CKV_AWS_111: In a key policy `*` is the key itself.
  #checkov:skip=CKV_AWS_356: In a key policy `*` is the key itself.
  statement {
    sid       = "AccountAdministersAndDoesNotUse"
    actions   = local.administer
    resources = ["*"] # wildcard: the key itself
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
  statement {
    sid       = "OnlyThroughServices"
    actions   = ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = ["*"] # wildcard: the key itself
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [local.account]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values = [
        "firehose.${local.region}.amazonaws.com",
        "kinesis.${local.region}.amazonaws.com",
        "lambda.${local.region}.amazonaws.com",
        "s3.${local.region}.amazonaws.com",
        "secretsmanager.${local.region}.amazonaws.com",
        "sns.${local.region}.amazonaws.com",
        "sqs.${local.region}.amazonaws.com",
      ]
    }
  }
  # Lambda decrypts the environment in the name of the function's role, and of no service.
  statement {
    sid       = "TheFunctionReadsItsEnvironment"
    actions   = ["kms:Decrypt"]
    resources = ["*"] # wildcard: the key itself
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = [local.function_role]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:lambda:FunctionArn"
      values   = [local.function_arn]
    }
  }
  statement {
    sid       = "LogGroups"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
    resources = ["*"] # wildcard: the key itself
    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values = [
        "${local.log_arn}:/aws/lambda/${var.name}",
        "${local.log_arn}:/logveil/${var.name}/masked",
        "${local.log_arn}:/logveil/${var.name}/firehose",
        "${local.log_arn}:/logveil/${var.name}/network",
      ]
    }
  }
  statement {
    sid       = "AlarmsAndBudgetsReachTheTopic"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"] # wildcard: the key itself
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
}

resource "aws_kms_key" "source" {
  description             = "${var.name}: streams of raw records"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.source_key.json
  tags                    = local.tags
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_key" "failure" {
  description             = "${var.name}: records that were not masked, in the buckets for failures and quarantine"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.failure_key.json
  tags                    = local.tags
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_key" "masked" {
  description             = "${var.name}: masked records, the function's log, environment and secret, alarms"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.masked_key.json
  tags                    = local.tags
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "this" {
  for_each      = { source = aws_kms_key.source.key_id, failure = aws_kms_key.failure.key_id, masked = aws_kms_key.masked.key_id }
  name          = "alias/${var.name}-${each.key}"
  target_key_id = each.value
}

# Empty: the state file would hold the key. docs/operations.md says how the first one is put in.
resource "aws_secretsmanager_secret" "keys" {
  #checkov:skip=CKV2_AWS_57: Keys are rotated by putting a new one before the older ones (docs/operations.md); a rotation by function would drop these.
  count       = var.key_secret == "create" ? 1 : 0
  name        = "${var.name}/keys"
  description = "Keys of the actions hash and encrypt. Older ones stay below the one that writes."
  kms_key_id  = aws_kms_key.masked.arn
  tags        = local.tags
  lifecycle {
    prevent_destroy = true
  }
}

data "aws_iam_policy_document" "keys" {
  statement {
    sid       = "OnlyTheFunctionAndTheOperatorRead"
    effect    = "Deny"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["*"] # wildcard: the secret that this policy belongs to
    principals {
      type        = "AWS"
      identifiers = ["*"] # wildcard: a denial, for everyone but these two
    }
    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = [local.function_role, local.operator_role]
    }
  }
}

resource "aws_secretsmanager_secret_policy" "keys" {
  count               = var.key_secret == "create" ? 1 : 0
  secret_arn          = aws_secretsmanager_secret.keys[0].arn
  policy              = data.aws_iam_policy_document.keys.json
  block_public_policy = true
}
