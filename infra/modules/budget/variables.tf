variable "project_id" {
  type        = string
  description = "Project that the budget watches."
}

variable "project_number" {
  type        = string
  description = "Its number, which budgets filter by."
}

variable "prefix" {
  type        = string
  description = "Beginning of every name."
}

variable "billing_account" {
  type        = string
  description = "Billing account that pays for the project."
}

variable "units" {
  type        = number
  description = "Budget of a calendar month, in whole units of the currency."
}

variable "currency" {
  type        = string
  description = "Currency of the billing account."
}

variable "emails" {
  type        = list(string)
  description = "Who is told by e-mail, besides the project's owners."
}

variable "kms_key" {
  type        = string
  description = "Key for messages, or null."
}

variable "labels" {
  type        = map(string)
  description = "Labels."
}
