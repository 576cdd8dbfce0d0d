variable "project_id" {
  type        = string
  description = "Project."
}

variable "region" {
  type        = string
  description = "Region that the schedule is kept in."
}

variable "name" {
  type        = string
  description = "Name of the schedule."
}

variable "description" {
  type        = string
  description = "What is called, for people."
}

variable "schedule" {
  type        = string
  description = "When, in cron's five fields, UTC."
}

variable "uri" {
  type        = string
  description = "Address of the function."
}

variable "caller" {
  type        = string
  description = "Address of the account that calls; it may."
}

variable "deadline_seconds" {
  type        = number
  description = "Limit of one call, not shorter than the function's own."
  validation {
    condition     = var.deadline_seconds >= 15 && var.deadline_seconds <= 1800
    error_message = "deadline_seconds must be 15 to 1800: Cloud Scheduler allows no other."
  }
}
