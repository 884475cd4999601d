# The parameters of cloudformation/root.yaml, under the same names and with the same defaults; a check compares the two.

variable "name" {
  description = "What everything is called, or begins with. Two deployments in one account need two, in whatever regions."
  type        = string
  default     = "logveil"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", var.name))
    error_message = "name: 2 to 24 lower-case letters, digits and dashes, a letter first, no dash last. The buckets' names begin with it, and have at most 63."
  }
}

variable "stage" {
  description = "How much the function logs of itself: debug, info or warn."
  type        = string
  default     = "prod"

  validation {
    condition     = contains(["dev", "test", "prod"], var.stage)
    error_message = "stage: one of dev, test, prod."
  }
}

variable "shape" {
  description = "What calls the function."
  type        = string
  default     = "kinesis"

  validation {
    condition     = contains(["kinesis", "logs", "firehose"], var.shape)
    error_message = "shape: one of kinesis, logs, firehose."
  }
}

variable "sink_kind" {
  description = "Where it delivers. With the shape firehose it is answer, and only then."
  type        = string
  default     = "kinesis"

  validation {
    condition     = contains(["kinesis", "firehose", "s3", "logs", "answer"], var.sink_kind)
    error_message = "sink_kind: one of kinesis, firehose, s3, logs, answer."
  }
}

variable "network" {
  description = "Whether the function runs in a network of its own without a way out."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "create"], var.network)
    error_message = "network: one of none, create."
  }
}

variable "vpc_cidr" {
  description = "The addresses of that network."
  type        = string
  default     = "10.71.0.0/24"
}

variable "s3_prefix_list_id" {
  description = "The prefix list of S3 in the region, for that network; looked up if empty."
  type        = string
  default     = ""
}

variable "key_secret" {
  description = "Whether a secret with a key for hash and encrypt is made."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "create"], var.key_secret)
    error_message = "key_secret: one of none, create."
  }
}

variable "quarantine" {
  description = "Whether the raw bytes of what cannot be decoded are kept, for the operator alone."
  type        = bool
  default     = true
}

variable "alarm_email" {
  description = "Who is told of alarms and costs."
  type        = string
  default     = ""
}

variable "iterator_age_seconds" {
  description = "How far behind the stream the function may be."
  type        = number
  default     = 300

  validation {
    condition     = var.iterator_age_seconds >= 10 && var.iterator_age_seconds <= 604800
    error_message = "iterator_age_seconds: from 10 to 604800."
  }
}

variable "code_bucket" {
  description = "Where the package is that deploy/build makes."
  type        = string
}

variable "code_key" {
  description = "Its key there."
  type        = string
  default     = "logveil-lambda-x86_64.zip"
}

variable "code_version" {
  description = "The version of that object; the newest if empty."
  type        = string
  default     = ""
}

variable "code_signing_config_arn" {
  description = "Refuses packages that the signers there have not signed; anything is taken if empty."
  type        = string
  default     = ""
}

variable "architecture" {
  description = "That of the package, and of the extension's layer."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture: one of x86_64, arm64."
  }
}

variable "memory_size" {
  description = "MiB. At 1769 it has one processor."
  type        = number
  default     = 1769

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240
    error_message = "memory_size: from 128 to 10240."
  }
}

variable "timeout" {
  description = "Seconds for one invocation; at most 300 for Firehose, which waits no longer."
  type        = number
  default     = 60

  validation {
    condition     = var.timeout >= 3 && var.timeout <= 900
    error_message = "timeout: from 3 to 900."
  }
}

variable "reserved_concurrency" {
  description = "How many run at once. At least shards times parallelisation."
  type        = number
  default     = 10

  validation {
    condition     = var.reserved_concurrency >= 1 && var.reserved_concurrency <= 1000
    error_message = "reserved_concurrency: from 1 to 1000."
  }
}

variable "log_retention_days" {
  description = "How long the function's own log is kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days: one that a log group takes, such as 7, 30, 90, 365."
  }
}

variable "fallback" {
  description = "Whether records that the sink refuses for good, or that an answer to Firehose has no room for, go below refused/ in the masked bucket, masked; else they are reported as failed, or go to quarantine as they came."
  type        = bool
  default     = true
}

variable "extension_layer_arn" {
  description = "The layer AWS-Parameters-and-Secrets-Lambda-Extension of the region (for arm64 the one that ends with -Arm64), by which the secret is read."
  type        = string
  default     = ""
}

variable "policy_bucket_name" {
  description = "The bucket with policy and packs below logveil/, where these are not in the package."
  type        = string
  default     = ""
}

variable "policy" {
  description = "A policy: a path in the package, or s3://BUCKET/KEY."
  type        = string
  default     = ""
}

variable "packs" {
  description = "Packs of rules, separated by commas."
  type        = string
  default     = ""
}

variable "key_file" {
  description = "A file of keys in the package; a secret is better."
  type        = string
  default     = ""
}

variable "refresh_seconds" {
  description = "How old policy and keys may get; 0 reads them once."
  type        = number
  default     = 300

  validation {
    condition     = var.refresh_seconds >= 0 && var.refresh_seconds <= 86400
    error_message = "refresh_seconds: from 0 to 86400."
  }
}

variable "order" {
  description = "strict: at most one record of a partition key on its way; packed: the same, with several in one KPL aggregate (Kinesis alone)."
  type        = string
  default     = "best-effort"

  validation {
    condition     = contains(["best-effort", "strict", "packed"], var.order)
    error_message = "order: one of best-effort, strict, packed."
  }
}

variable "output" {
  description = "What payloads of CloudWatch Logs become."
  type        = string
  default     = ""

  validation {
    condition     = contains(["", "same", "events", "messages"], var.output)
    error_message = "output: one of nothing, same, events, messages."
  }
}

variable "aggregates" {
  description = "What KPL aggregates become."
  type        = string
  default     = "same"

  validation {
    condition     = contains(["same", "single"], var.aggregates)
    error_message = "aggregates: one of same, single."
  }
}

variable "gzip_level" {
  description = "How hard what is masked is compressed."
  type        = number
  default     = 6

  validation {
    condition     = var.gzip_level >= 0 && var.gzip_level <= 9
    error_message = "gzip_level: from 0 to 9."
  }
}

variable "max_inflated_mib" {
  description = "How much one record may inflate to."
  type        = number
  default     = 64

  validation {
    condition     = var.max_inflated_mib >= 1 && var.max_inflated_mib <= 1024
    error_message = "max_inflated_mib: from 1 to 1024."
  }
}

variable "max_record_bytes" {
  description = "The largest record that the stream of the sink takes."
  type        = number
  default     = 1048576

  validation {
    condition     = var.max_record_bytes >= 2048 && var.max_record_bytes <= 10485760
    error_message = "max_record_bytes: from 2048 to 10485760."
  }
}

variable "s3_compression" {
  description = "How objects are compressed."
  type        = string
  default     = "gzip"

  validation {
    condition     = contains(["gzip", "zstd"], var.s3_compression)
    error_message = "s3_compression: one of gzip, zstd."
  }
}

variable "concurrency" {
  description = "Requests to the sink at a time."
  type        = number
  default     = 4

  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 64
    error_message = "concurrency: from 1 to 64."
  }
}

variable "reserve_milliseconds" {
  description = "How long before its deadline an invocation stops sending."
  type        = number
  default     = 1000

  validation {
    condition     = var.reserve_milliseconds >= 0 && var.reserve_milliseconds <= 600000
    error_message = "reserve_milliseconds: from 0 to 600000."
  }
}

variable "attempt_milliseconds" {
  description = "How long one request to the sink may take."
  type        = number
  default     = 5000

  validation {
    condition     = var.attempt_milliseconds >= 10 && var.attempt_milliseconds <= 600000
    error_message = "attempt_milliseconds: from 10 to 600000."
  }
}

variable "rule_metrics" {
  description = "on: a metric for each rule too, which CloudWatch charges each."
  type        = string
  default     = "off"

  validation {
    condition     = contains(["off", "on"], var.rule_metrics)
    error_message = "rule_metrics: one of off, on."
  }
}

variable "ignored_log_groups" {
  description = "Further log groups whose events are dropped, separated by commas."
  type        = string
  default     = ""
}

variable "extension_port" {
  description = "Where the extension listens."
  type        = number
  default     = 2773

  validation {
    condition     = var.extension_port >= 1024 && var.extension_port <= 65535
    error_message = "extension_port: from 1024 to 65535."
  }
}
