terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region
  root      = "arn:${local.partition}:iam::${local.account}:root"
  tags      = { logveil = var.name }

  # Named ahead, so that policies can name what is made after them.
  function_arn  = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${var.name}"
  function_role = "arn:${local.partition}:iam::${local.account}:role/${var.name}-function"
  operator_role = "arn:${local.partition}:iam::${local.account}:role/${var.name}-operator"
  log_arn       = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group"
}
