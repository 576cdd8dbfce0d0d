"""Every error Headrace raises, and nothing else, so that one import serves whoever maps them.

HeadraceError
├── InputError              what a person gave is wrong; the message says what to change
│   ├── SettingsError       project, region, buckets and the like
│   ├── UnsafeNameError     an object name or wildcard outside the allow-list
│   ├── RecordError         a JSON or YAML document that does not fit its schema
│   └── UnpricedError       a machine, GPU or disk that the price table does not know
├── CapExceededError        a run may cost more than its cap, or what is left of another
├── PausedError             the installation is paused: nothing may be submitted now
├── TooEarlyError           a set of uploads that only time completes: ask again later
├── DeployError             a program or service that deployment needs did not do its part
├── WorkflowError           Snakemake cannot make sense of the workflow
├── JobRefusedError         a job that can never run as asked
├── ServiceError            the job service
│   ├── RequestRefusedError it will not do what was asked, now or later
│   ├── AlreadyExistsError  the job's id is taken
│   ├── NotFoundError       there is no such job
│   ├── UnavailableError    it may answer if asked again
│   └── UnknownStateError   it said something our tables do not know
├── StorageError            Cloud Storage
│   ├── ObjectMissingError  there is no such object
│   └── ObjectChangedError  an object is not what its checksum or generation promised
└── StagingError            a job's files, in the virtual machine
"""


class HeadraceError(Exception):
    """Base of all: its text is one sentence for a person."""


class InputError(HeadraceError):
    """What a person gave is wrong; the message names the value and the remedy."""


class SettingsError(InputError):
    """A setting is missing, unknown or impossible."""


class UnsafeNameError(InputError):
    """An object name or wildcard value that must not reach a job."""


class RecordError(InputError):
    """A document does not fit its schema."""


class UnpricedError(InputError):
    """The price table has no price for something that is used."""


class CapExceededError(HeadraceError):
    """A run may cost more than its cap, or than what is left of the day's or the month's."""


class PausedError(HeadraceError):
    """The installation is paused: nothing may be submitted until somebody resumes it."""


class TooEarlyError(HeadraceError):
    """Nothing is missing of a set of uploads but time: the same may be asked again later."""


class DeployError(HeadraceError):
    """A program or service that deployment needs did not do its part."""


class WorkflowError(HeadraceError):
    """Snakemake cannot make sense of the workflow; its own words follow."""


class JobRefusedError(HeadraceError):
    """A job that can never run as asked: refused before anything is submitted."""


class ServiceError(HeadraceError):
    """The job service did not do what was asked."""


class RequestRefusedError(ServiceError):
    """The service refused the request for good."""


class AlreadyExistsError(ServiceError):
    """A job of this id exists already."""


class NotFoundError(ServiceError):
    """The service knows no such job."""


class UnavailableError(ServiceError):
    """The service could not answer now; asking again may help."""


class UnknownStateError(ServiceError):
    """The service reported a state that is in none of our tables."""


class RegistryError(HeadraceError):
    """A registry of images refuses, does not answer, or serves what it should not."""


class StorageError(HeadraceError):
    """Cloud Storage did not do what was asked."""


class ObjectMissingError(StorageError):
    """There is no such object."""


class ObjectChangedError(StorageError):
    """An object is not what its checksum or generation promised."""


class StagingError(HeadraceError):
    """A job's files could not be brought in or out."""


def may_pass(error: HeadraceError) -> bool:
    """Tell whether the same may go well if it is tried again later.

    A job that a service has just listed or accepted may not be found yet.
    """
    if isinstance(error, ObjectMissingError | ObjectChangedError):
        return False
    return isinstance(error, UnavailableError | NotFoundError | StorageError)
