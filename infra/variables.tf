variable "project_id" {
  type        = string
  description = "Existing project that everything is made in."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's id: 6 to 30 small letters, digits and dashes."
  }
}

variable "region" {
  type        = string
  description = "Region of buckets, jobs, function and registry, such as us-central1."
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region, such as us-central1; a zone or a multi-region is not one."
  }
}

variable "prefix" {
  type        = string
  default     = "headrace"
  description = "Beginning of every name that is made here."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,13}[a-z0-9]$", var.prefix))
    error_message = "prefix must be 4 to 15 small letters, digits and dashes, a letter first."
  }
}

variable "labels" {
  type        = map(string)
  default     = {}
  description = "More labels for everything that takes labels; the billing export carries them."
}

variable "inbox_bucket" {
  type        = string
  default     = null
  description = "Name of the bucket of uploads; PROJECT-PREFIX-inbox when null."
  validation {
    condition     = var.inbox_bucket == null || var.inbox_bucket != var.results_bucket
    error_message = "inbox_bucket and results_bucket must be two buckets: results in the inbox would start runs."
  }
}

variable "results_bucket" {
  type        = string
  default     = null
  description = "Name of the bucket of results; PROJECT-PREFIX-results when null."
}

variable "versioning" {
  type        = bool
  default     = false
  description = "Keep overwritten and deleted objects of inbox and results as old versions."
}

variable "work_days" {
  type        = number
  default     = 30
  description = "Days after which the jobs' own files below work/ are deleted."
  validation {
    condition     = var.work_days >= 15
    error_message = "work_days must be 15 or more: a run may take 14 days."
  }
}

variable "soft_delete_days" {
  type        = number
  default     = 7
  description = "Days for which deleted objects can be brought back; 0 turns it off."
  validation {
    condition     = var.soft_delete_days == 0 || (var.soft_delete_days >= 7 && var.soft_delete_days <= 90)
    error_message = "soft_delete_days must be 0, or 7 to 90."
  }
}

variable "delete_data" {
  type        = bool
  default     = false
  description = "Let a destroy delete buckets that are not empty."
}

variable "kms_key" {
  type        = string
  default     = null
  description = "Cloud KMS key in the same region for buckets, registry, topics and functions; Google's own keys when null."
  validation {
    condition     = var.kms_key == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key must be projects/P/locations/L/keyRings/R/cryptoKeys/K."
  }
}

variable "existing_network" {
  type = object({
    network    = string
    subnetwork = string
  })
  default     = null
  description = "Full names of a network and a subnetwork with Private Google Access; made here when null."
  validation {
    condition = var.existing_network == null ? true : (
      can(regex("^projects/[^/]+/global/networks/[^/]+$", var.existing_network.network)) &&
      can(regex("^projects/[^/]+/regions/[^/]+/subnetworks/[^/]+$", var.existing_network.subnetwork))
    )
    error_message = "existing_network needs projects/P/global/networks/N and projects/P/regions/R/subnetworks/S."
  }
}

variable "subnet_range" {
  type        = string
  default     = "10.10.0.0/20"
  description = "Addresses of the jobs' machines: one each."
  validation {
    condition     = can(cidrnetmask(var.subnet_range))
    error_message = "subnet_range must be an IPv4 range, such as 10.10.0.0/20."
  }
}

variable "nat" {
  type        = bool
  default     = false
  description = "Let machines reach the internet through Cloud NAT; costs money by the hour."
}

variable "service_perimeter" {
  type        = bool
  default     = false
  description = "The project is inside a VPC Service Controls perimeter: use its restricted addresses."
}

variable "function_zip" {
  type        = string
  default     = null
  description = "Zip of the function that starts runs; neither function is made when null."
}

variable "guard_zip" {
  type        = string
  default     = null
  description = "Zip of the budget guard."
  validation {
    condition     = (var.guard_zip == null) == (var.function_zip == null)
    error_message = "guard_zip and function_zip are given together or not at all."
  }
}

variable "sweep_schedule" {
  type        = string
  default     = "*/10 * * * *"
  description = "When the inbox is looked through for what no event started: cron's five fields, UTC."
  validation {
    condition     = can(regex("^([0-9A-Za-z*/,-]+ ){4}[0-9A-Za-z*/,-]+$", var.sweep_schedule))
    error_message = "sweep_schedule must be cron's five fields, such as */10 * * * *."
  }
}

variable "schedule_region" {
  type        = string
  default     = null
  description = "Region of the sweep's schedule, where Cloud Scheduler is not offered in region; region when null."
}

variable "job_secrets" {
  type        = set(string)
  default     = []
  description = "Secrets of this project's Secret Manager, by name, that jobs may read (lifesciences_secrets)."
  validation {
    condition     = alltrue([for name in var.job_secrets : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "job_secrets must be names of secrets: letters, digits, dashes and underscores."
  }
}

variable "fuse" {
  type        = string
  default     = "auto"
  nullable    = false
  description = "Which jobs of a run share a machine: auto, off, or a file of groups beside the workflow (docs/planning.md)."
}

variable "caps" {
  type = object({
    run      = optional(number)
    day      = optional(number)
    month    = optional(number)
    currency = optional(string)
  })
  default     = {}
  nullable    = false
  description = "The most that a run may cost, and all runs of a day and of a month, in the currency of the prices (docs/costs.md)."
  validation {
    condition     = alltrue([for cap in [var.caps.run, var.caps.day, var.caps.month] : cap == null ? true : cap > 0])
    error_message = "caps must be above 0."
  }
  validation {
    condition     = var.caps.currency == null ? true : can(regex("^[A-Z]{3}$", var.caps.currency))
    error_message = "caps.currency must be three capital letters, such as EUR."
  }
}

variable "notice_secrets" {
  type        = set(string)
  default     = []
  description = "Secrets of this project's Secret Manager, by name, that hold addresses and passwords of channels (docs/notices.md)."
  validation {
    condition     = alltrue([for name in var.notice_secrets : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "notice_secrets must be names of secrets: letters, digits, dashes and underscores."
  }
}

variable "notice_topics" {
  type        = set(string)
  default     = []
  description = "Pub/Sub topics of this project, by name, that are told of runs and uploads (docs/notices.md). They must exist."
  validation {
    condition     = alltrue([for name in var.notice_topics : can(regex("^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$", name)) && !startswith(name, "goog")])
    error_message = "notice_topics must be names of topics, without projects/P/topics/."
  }
}

variable "stage_image" {
  type        = string
  default     = null
  description = "Image that brings files into jobs and out of them, by digest."
  validation {
    condition     = var.stage_image == null ? var.function_zip == null : can(regex("@sha256:[0-9a-f]{64}$", var.stage_image))
    error_message = "stage_image must end in its digest, @sha256: and 64 hex digits."
  }
}

variable "controller_image" {
  type        = string
  default     = null
  description = "Image with Snakemake and the workflow, by digest."
  validation {
    condition     = var.controller_image == null ? var.function_zip == null : can(regex("@sha256:[0-9a-f]{64}$", var.controller_image))
    error_message = "controller_image must end in its digest, @sha256: and 64 hex digits."
  }
}

variable "billing_account" {
  type        = string
  default     = null
  description = "Billing account of the project; no budget and no guard when null."
  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account must look like 012345-6789AB-CDEF01."
  }
}

variable "monthly_budget" {
  type        = number
  default     = 100
  description = "Budget of a calendar month, in whole units of the billing account's currency."
  validation {
    condition     = var.monthly_budget >= 1 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget must be a whole number, 1 or more."
  }
}

variable "budget_currency" {
  type        = string
  default     = "USD"
  description = "Currency of the billing account."
  validation {
    condition     = can(regex("^[A-Z]{3}$", var.budget_currency))
    error_message = "budget_currency must be three capital letters, such as USD."
  }
}

variable "budget_emails" {
  type        = list(string)
  default     = []
  description = "Who is told of the budget by e-mail, besides the project's owners; at most 5."
  validation {
    condition     = length(var.budget_emails) <= 5 && alltrue([for address in var.budget_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "budget_emails must be at most 5 e-mail addresses."
  }
}
