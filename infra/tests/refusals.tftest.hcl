# Variables that cannot be right are refused by name.

mock_provider "google" {}

variables {
  project_id       = "lab-project"
  region           = "us-central1"
  function_zip     = "tests/refusals.tftest.hcl"
  guard_zip        = "tests/refusals.tftest.hcl"
  stage_image      = "registry/stage@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  controller_image = "registry/controller@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
}

run "an_image_by_tag" {
  command = plan
  variables {
    stage_image      = "registry/stage:latest"
    controller_image = "registry/controller:latest"
  }
  expect_failures = [var.stage_image, var.controller_image]
}

run "a_function_without_images" {
  command = plan
  variables {
    stage_image = null
  }
  expect_failures = [var.stage_image]
}

run "a_function_without_its_guard" {
  command = plan
  variables {
    guard_zip = null
  }
  expect_failures = [var.guard_zip]
}

run "a_zone_for_a_region" {
  command = plan
  variables {
    region = "us-central1-a"
  }
  expect_failures = [var.region]
}

run "names_that_are_too_long" {
  command = plan
  variables {
    project_id = "Lab"
    prefix     = "a-very-long-prefix"
  }
  expect_failures = [var.project_id, var.prefix]
}

run "numbers_out_of_range" {
  command = plan
  variables {
    work_days        = 3
    soft_delete_days = 3
    monthly_budget   = 0.5
  }
  expect_failures = [var.work_days, var.soft_delete_days, var.monthly_budget]
}

run "results_in_the_inbox" {
  command = plan
  variables {
    inbox_bucket   = "same"
    results_bucket = "same"
  }
  expect_failures = [var.inbox_bucket]
}

run "money_in_the_wrong_shape" {
  command = plan
  variables {
    billing_account = "012345"
    budget_currency = "dollars"
    budget_emails   = ["nobody"]
  }
  expect_failures = [var.billing_account, var.budget_currency, var.budget_emails]
}

run "caps_that_nothing_could_keep" {
  command = plan
  variables {
    caps = { day = -1, currency = "euros" }
  }
  expect_failures = [var.caps]
}

run "half_a_network" {
  command = plan
  variables {
    existing_network = { network = "default", subnetwork = "default" }
    subnet_range     = "10.0.0.0"
    kms_key          = "my-key"
  }
  expect_failures = [var.existing_network, var.subnet_range, var.kms_key]
}

run "a_secret_by_its_full_name" {
  command = plan
  variables {
    job_secrets    = ["projects/lab/secrets/token"]
    notice_secrets = ["projects/lab/secrets/hook"]
    notice_topics  = ["projects/lab/topics/runs"]
    sweep_schedule = "every hour"
  }
  expect_failures = [var.job_secrets, var.notice_secrets, var.notice_topics, var.sweep_schedule]
}
