# What is kept, what calls the function, and what is watched. As in variables.tf.

variable "raw_retention_days" {
  description = "How long records that were not masked are kept. As long as it takes to replay them, and no longer."
  type        = number
  default     = 7

  validation {
    condition     = var.raw_retention_days >= 1 && var.raw_retention_days <= 30
    error_message = "raw_retention_days: from 1 to 30."
  }
}

variable "access_log_retention_days" {
  description = "How long it is kept who read them."
  type        = number
  default     = 365

  validation {
    condition     = var.access_log_retention_days >= 1
    error_message = "access_log_retention_days: at least 1."
  }
}

variable "operator_principal_arn" {
  description = "The role or user that may take on the operator's role; everyone in the account whose own policy says so if empty."
  type        = string
  default     = ""
}

variable "operator_mfa" {
  description = "Whether that takes a second factor that IAM knows; false for the role of an identity provider, which asks for it itself. Only with operator_principal_arn."
  type        = bool
  default     = true
}

variable "masked_retention_days" {
  description = "How long masked objects and log events are kept."
  type        = number
  default     = 90

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.masked_retention_days)
    error_message = "masked_retention_days: one that a log group takes, such as 7, 30, 90, 365."
  }
}

variable "stream_retention_hours" {
  description = "How long a stream of masked records keeps them."
  type        = number
  default     = 24

  validation {
    condition     = var.stream_retention_hours >= 24 && var.stream_retention_hours <= 8760
    error_message = "stream_retention_hours: from 24 to 8760."
  }
}

variable "source_stream_arn" {
  description = "An encrypted stream that is there already; one is made if empty."
  type        = string
  default     = ""
}

variable "source_stream_key_arn" {
  description = "The key of that stream, where one is there already."
  type        = string
  default     = ""
}

variable "source_retention_hours" {
  description = "How long raw records are kept. As long as a fault may last that you want to get over without loss."
  type        = number
  default     = 24

  validation {
    condition     = var.source_retention_hours >= 24 && var.source_retention_hours <= 8760
    error_message = "source_retention_hours: from 24 to 8760."
  }
}

variable "shard_count" {
  description = "Shards of the stream; as many as it takes (on demand) if 0."
  type        = number
  default     = 0

  validation {
    condition     = var.shard_count >= 0 && var.shard_count <= 1000
    error_message = "shard_count: from 0 to 1000."
  }
}

variable "accept_logs" {
  description = "Whether CloudWatch Logs gets a role with which its subscriptions write to the stream."
  type        = bool
  default     = false
}

variable "batch_size" {
  description = "Records for one invocation at most."
  type        = number
  default     = 1000

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10000
    error_message = "batch_size: from 1 to 10000."
  }
}

variable "batch_window_seconds" {
  description = "How long Lambda waits for more."
  type        = number
  default     = 1

  validation {
    condition     = var.batch_window_seconds >= 0 && var.batch_window_seconds <= 300
    error_message = "batch_window_seconds: from 0 to 300."
  }
}

variable "parallelization" {
  description = "Invocations at a time for one shard; the order of a partition key stays."
  type        = number
  default     = 1

  validation {
    condition     = var.parallelization >= 1 && var.parallelization <= 10
    error_message = "parallelization: from 1 to 10."
  }
}

variable "bisect" {
  description = "Whether a batch that fails is halved."
  type        = bool
  default     = true
}

variable "retries" {
  description = "How often a batch is tried again before it goes to the destination; -1 until max_record_age_seconds."
  type        = number
  default     = -1

  validation {
    condition     = var.retries >= -1 && var.retries <= 10000
    error_message = "retries: from -1 to 10000."
  }
}

variable "max_record_age_seconds" {
  description = "From which age on a record goes there untried."
  type        = number
  default     = 43200

  validation {
    condition     = var.max_record_age_seconds >= 60 && var.max_record_age_seconds <= 604800
    error_message = "max_record_age_seconds: from 60 to 604800."
  }
}

variable "on_failure" {
  description = "s3 keeps the records themselves, raw; sqs only says which they were, and the stream must still hold them."
  type        = string
  default     = "s3"

  validation {
    condition     = contains(["s3", "sqs"], var.on_failure)
    error_message = "on_failure: one of s3, sqs."
  }
}

variable "starting_position" {
  description = "The oldest record that the stream holds, or what comes from now on."
  type        = string
  default     = "TRIM_HORIZON"

  validation {
    condition     = contains(["TRIM_HORIZON", "LATEST"], var.starting_position)
    error_message = "starting_position: one of TRIM_HORIZON, LATEST."
  }
}

variable "log_groups" {
  description = "Log groups that are subscribed to, separated by commas."
  type        = list(string)
  default     = []
}

variable "account_level" {
  description = "Whether all log groups of the account are, but the excluded ones."
  type        = bool
  default     = false
}

variable "excluded_log_groups" {
  description = "Log groups that the account's subscription leaves out. Those of logveil itself are left out anyway; leave out that of CloudTrail."
  type        = list(string)
  default     = []
}

variable "filter_pattern" {
  description = "Which events are sent; all if empty."
  type        = string
  default     = ""
}

variable "logs_retries" {
  description = "How often Lambda tries an event again."
  type        = number
  default     = 2

  validation {
    condition     = var.logs_retries >= 0 && var.logs_retries <= 2
    error_message = "logs_retries: from 0 to 2."
  }
}

variable "max_event_age_seconds" {
  description = "From which age on an event goes to the bucket."
  type        = number
  default     = 21600

  validation {
    condition     = var.max_event_age_seconds >= 60 && var.max_event_age_seconds <= 21600
    error_message = "max_event_age_seconds: from 60 to 21600."
  }
}

variable "transform_mebibytes" {
  description = "How much one invocation gets. Its answer may be 6 MB."
  type        = number
  default     = 1

  validation {
    condition     = var.transform_mebibytes >= 1 && var.transform_mebibytes <= 3
    error_message = "transform_mebibytes: from 1 to 3."
  }
}

variable "transform_seconds" {
  description = "How long Firehose waits for as much."
  type        = number
  default     = 60

  validation {
    condition     = var.transform_seconds >= 60 && var.transform_seconds <= 900
    error_message = "transform_seconds: from 60 to 900."
  }
}

variable "transform_retries" {
  description = "How often it calls again before it stores the records raw below failed/."
  type        = number
  default     = 3

  validation {
    condition     = var.transform_retries >= 0 && var.transform_retries <= 300
    error_message = "transform_retries: from 0 to 300."
  }
}

variable "deliver_mebibytes" {
  description = "How large an object gets."
  type        = number
  default     = 64

  validation {
    condition     = var.deliver_mebibytes >= 1 && var.deliver_mebibytes <= 128
    error_message = "deliver_mebibytes: from 1 to 128."
  }
}

variable "deliver_seconds" {
  description = "How long Firehose waits for as much."
  type        = number
  default     = 300

  validation {
    condition     = var.deliver_seconds >= 60 && var.deliver_seconds <= 900
    error_message = "deliver_seconds: from 60 to 900."
  }
}

variable "expect_traffic" {
  description = "Whether the function is called all the time, so that a quarter of an hour without a call is an alarm."
  type        = bool
  default     = false
}

variable "findings_band" {
  description = "How many standard deviations findings may leave what is usual."
  type        = number
  default     = 4

  validation {
    condition     = var.findings_band >= 1 && var.findings_band <= 20
    error_message = "findings_band: from 1 to 20."
  }
}

variable "monthly_budget" {
  description = "US dollars a month for everything tagged logveil; the tag must be activated for cost allocation."
  type        = number
  default     = 100

  validation {
    condition     = var.monthly_budget >= 1
    error_message = "monthly_budget: at least 1."
  }
}
