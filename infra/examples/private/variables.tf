variable "project_id" {
  type        = string
  description = "Existing project."
}

variable "region" {
  type        = string
  default     = "us-central1"
  description = "Region of everything."
}

variable "stage_image" {
  type        = string
  description = "Stage image, by digest."
}

variable "controller_image" {
  type        = string
  description = "Controller image, by digest."
}

variable "function_zip" {
  type        = string
  description = "Zip of the function."
}

variable "guard_zip" {
  type        = string
  description = "Zip of the budget guard."
}

variable "kms_key" {
  type        = string
  description = "Cloud KMS key in the same region."
}

variable "billing_account" {
  type        = string
  description = "Billing account of the project."
}

variable "monthly_budget" {
  type        = number
  description = "Budget of a month, in units of the account's currency."
}

variable "budget_emails" {
  type        = list(string)
  default     = []
  description = "Who is told of the budget."
}
