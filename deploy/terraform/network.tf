# A network without a way out, but to the services that the function delivers to.

locals {
  in_network = var.network == "create"
  endpoints = local.in_network ? merge(
    var.sink_kind == "kinesis" ? { kinesis-streams = data.aws_iam_policy_document.endpoint_kinesis.json } : {},
    var.sink_kind == "firehose" ? { kinesis-firehose = data.aws_iam_policy_document.endpoint_firehose.json } : {},
    var.sink_kind == "logs" ? { logs = data.aws_iam_policy_document.endpoint_logs.json } : {},
    var.key_secret == "create" ? { secretsmanager = data.aws_iam_policy_document.endpoint_secrets.json } : {},
  ) : {}
}

data "aws_availability_zones" "this" {
  #checkov:skip=CKV_AWS_394: Two are taken; a subnet that would move because there is a new one shows in the plan.
  state = "available"
}

data "aws_ec2_managed_prefix_list" "s3" {
  count = local.in_network && var.s3_prefix_list_id == "" ? 1 : 0
  name  = "com.amazonaws.${local.region}.s3"
}

resource "aws_vpc" "this" {
  count                = local.in_network ? 1 : 0
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = merge(local.tags, { Name = var.name })
}

# Without rules: nothing that forgets its security group gets anywhere.
resource "aws_default_security_group" "this" {
  count  = local.in_network ? 1 : 0
  vpc_id = aws_vpc.this[0].id
  tags   = local.tags
}

resource "aws_subnet" "this" {
  count                   = local.in_network ? 2 : 0
  vpc_id                  = aws_vpc.this[0].id
  availability_zone       = data.aws_availability_zones.this.names[count.index]
  cidr_block              = cidrsubnet(var.vpc_cidr, 2, count.index)
  map_public_ip_on_launch = false
  tags                    = merge(local.tags, { Name = "${var.name}-${count.index}" })
}

# No route but the local one and that of S3: what the function finds cannot leave by another way.
resource "aws_route_table" "this" {
  count  = local.in_network ? 1 : 0
  vpc_id = aws_vpc.this[0].id
  tags   = local.tags
}

resource "aws_route_table_association" "this" {
  count          = local.in_network ? 2 : 0
  subnet_id      = aws_subnet.this[count.index].id
  route_table_id = aws_route_table.this[0].id
}

resource "aws_security_group" "function" {
  count       = local.in_network ? 1 : 0
  name        = "${var.name}-function"
  description = "${var.name}: the function"
  vpc_id      = aws_vpc.this[0].id
  tags        = local.tags
  egress {
    description = "The endpoints"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = [var.vpc_cidr]
  }
  egress {
    description     = "S3, by its gateway"
    protocol        = "tcp"
    from_port       = 443
    to_port         = 443
    prefix_list_ids = [var.s3_prefix_list_id == "" ? data.aws_ec2_managed_prefix_list.s3[0].id : var.s3_prefix_list_id]
  }
}

# It answers, and begins nothing.
resource "aws_security_group" "endpoints" {
  count       = local.in_network ? 1 : 0
  name        = "${var.name}-endpoints"
  description = "${var.name}: endpoints of services"
  vpc_id      = aws_vpc.this[0].id
  tags        = local.tags
  ingress {
    description     = "The function"
    protocol        = "tcp"
    from_port       = 443
    to_port         = 443
    security_groups = [aws_security_group.function[0].id]
  }
}

data "aws_iam_policy_document" "endpoint_s3" {
  statement {
    sid       = "OwnBuckets"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["*"] # wildcard: buckets of this account, by condition
    principals {
      type        = "AWS"
      identifiers = ["*"] # wildcard: an endpoint's policy names whoever comes by; the conditions narrow it
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [local.account]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "endpoint_kinesis" {
  statement {
    sid       = "TheFunction"
    actions   = ["kinesis:PutRecords"]
    resources = [local.masked_stream_arn]
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
}

data "aws_iam_policy_document" "endpoint_firehose" {
  statement {
    sid       = "TheFunction"
    actions   = ["firehose:PutRecordBatch"]
    resources = [local.masked_delivery_arn]
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
}

data "aws_iam_policy_document" "endpoint_logs" {
  statement {
    sid       = "TheFunction"
    actions   = ["logs:PutLogEvents"]
    resources = ["${local.log_arn}:/logveil/${var.name}/masked:log-stream:all"]
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
}

data "aws_iam_policy_document" "endpoint_secrets" {
  statement {
    sid       = "TheFunction"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:${var.name}/keys-*"] # wildcard: Secrets Manager adds six letters
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }
}

resource "aws_vpc_endpoint" "s3" {
  count             = local.in_network ? 1 : 0
  vpc_id            = aws_vpc.this[0].id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${local.region}.s3"
  route_table_ids   = [aws_route_table.this[0].id]
  policy            = data.aws_iam_policy_document.endpoint_s3.json
  tags              = local.tags
}

resource "aws_vpc_endpoint" "services" {
  for_each            = local.endpoints
  vpc_id              = aws_vpc.this[0].id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  private_dns_enabled = true
  subnet_ids          = aws_subnet.this[*].id
  security_group_ids  = [aws_security_group.endpoints[0].id]
  policy              = each.value
  tags                = local.tags
}

# Lambda makes the network interface in the name of the function's role.
data "aws_iam_policy_document" "network" {
  statement {
    sid     = "MakeInterfaces"
    actions = ["ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"]
    resources = [ # wildcard: interfaces have no name before they exist; Lambda checks the role before it chooses a subnet
      "arn:${local.partition}:ec2:${local.region}:${local.account}:network-interface/*",
      "arn:${local.partition}:ec2:${local.region}:${local.account}:security-group/*",
      "arn:${local.partition}:ec2:${local.region}:${local.account}:subnet/*",
    ]
  }
  statement {
    sid       = "LookAtInterfaces"
    actions   = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
    resources = ["*"] # wildcard: EC2 scopes no Describe
  }
  statement {
    sid    = "ButNotTheCodeItself"
    effect = "Deny"
    actions = [
      "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
    ]
    resources = ["*"] # wildcard: a denial
    condition {
      test     = "ArnEquals"
      variable = "lambda:SourceFunctionArn"
      values   = [local.function_arn]
    }
  }
}

resource "aws_iam_role_policy" "network" {
  count  = local.in_network ? 1 : 0
  name   = "network"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.network.json
}

resource "aws_cloudwatch_log_group" "network" {
  #checkov:skip=CKV_AWS_338: Who called whom in a network of one function; a month is long enough to look.
  count             = local.in_network ? 1 : 0
  name              = "/logveil/${var.name}/network"
  kms_key_id        = aws_kms_key.masked.arn
  retention_in_days = 30
  tags              = local.tags
}

data "aws_iam_policy_document" "flow_log_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "flow_log" {
  count              = local.in_network ? 1 : 0
  name               = "${var.name}-flow-log"
  description        = "Writes the network's flow log."
  assume_role_policy = data.aws_iam_policy_document.flow_log_trust.json
  tags               = local.tags
}

data "aws_iam_policy_document" "flow_log" {
  statement {
    sid     = "Write"
    actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [ # wildcard: the service names the streams
      "${local.log_arn}:/logveil/${var.name}/network",
      "${local.log_arn}:/logveil/${var.name}/network:*",
    ]
  }
  statement {
    sid       = "Look"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["*"] # wildcard: CloudWatch Logs scopes no list of groups
  }
}

resource "aws_iam_role_policy" "flow_log" {
  count  = local.in_network ? 1 : 0
  name   = "write"
  role   = aws_iam_role.flow_log[0].id
  policy = data.aws_iam_policy_document.flow_log.json
}

resource "aws_flow_log" "this" {
  count           = local.in_network ? 1 : 0
  vpc_id          = aws_vpc.this[0].id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.network[0].arn
  iam_role_arn    = aws_iam_role.flow_log[0].arn
  tags            = local.tags
}
