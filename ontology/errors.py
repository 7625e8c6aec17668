"""Every error Gnomon raises on purpose.

    GnomonError
    ├── SettingsError
    │   ├── DefinitionError     a source somebody names does not fit
    │   └── NameTaken
    ├── SourceError             a source cannot be read
    │   ├── ArchiveLimit        too many members, too large, or too high a ratio
    │   ├── PayloadTooLarge
    │   └── RegistryUnavailable a sample package cannot be had
    ├── FormatError             a payload cannot become records
    │   ├── EmptyPayload
    │   ├── UnknownFormat
    │   ├── EncodingError
    │   └── MalformedPayload
    ├── VocabularyError
    │   ├── HierarchyCycle
    │   ├── UnknownConcept      a link leads to nothing in the vocabulary, or to more than one
    │   ├── DuplicateConcept    a concept is described twice
    │   └── ColumnError         what is said of a table's columns does not fit it
    ├── CurationError           an edit of a vocabulary is refused
    │   ├── EditRefused         it makes no sense for the concept as it is
    │   ├── ConditionViolated   the vocabulary would break a rule, which is named
    │   ├── EditConflict        somebody else changed the same thing meanwhile
    │   ├── VersionMissing      the version that an edit is meant for is not said
    │   ├── VersionChanged      it is not the newest one
    │   ├── ConceptInUse        something refers to what is to be deleted
    │   ├── StateError          a change set is not in the state for this
    │   └── MappingError        a table of mappings, or a row of it, makes no sense
    ├── JournalError
    │   ├── WriterBusy          another process writes this data folder
    │   └── BuildDue            more has to be written first than a request can wait for
    ├── DiskFull
    ├── StoreError
    │   └── RemoteStoreError
    ├── SearchError
    │   └── SearchSyntaxError
    ├── EncoderError
    ├── QueryError
    │   ├── QuerySyntaxError
    │   ├── QueryParameterError a value for a named query is not of its type
    │   ├── QueryFailed         it is SPARQL, but cannot be evaluated
    │   ├── QueryForbidden
    │   ├── QueryTimeout
    │   ├── QueryMemoryExceeded
    │   ├── QueryInterrupted    its worker was ended from outside
    │   ├── QueryTooLarge
    │   ├── QueryBusy
    │   ├── NotAcceptable       no format for the answer that the client takes
    │   └── UnsupportedMediaType
    ├── PersonalError           a profile or an alert
    │   ├── ConsentMissing
    │   ├── ProfileLimit
    │   └── MailError           an SMTP server did not take a message
    ├── RemoteError             a Gnomon server that a client asked: no answer, or one without a name here
    ├── NotFound
    ├── Gone
    ├── AuditError
    └── AccessError
        ├── Unauthenticated
        │   ├── TokenRefused    a token of the OpenID provider is not right
        │   └── SignInFailed    an attempt to sign in came to no end
        ├── ProviderUnavailable the OpenID provider does not answer as it should
        ├── Forbidden
        └── RateLimited

The class name is the wire code: problem+json carries it as `code`.
"""

from __future__ import annotations


class GnomonError(Exception):
    """Root of the tree: what happened, where, and what to do about it.

    `place` names the spot as precisely as known (file, member, line, column, record key);
    `hint` is one sentence for the person who has to act.
    """

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    @property
    def code(self) -> str:
        return type(self).__name__

    def __str__(self) -> str:
        where = f" [{self.place}]" if self.place else ""
        what_next = f" ({self.hint})" if self.hint else ""
        return f"{self.message}{where}{what_next}"

    def __reduce__(self) -> tuple[object, ...]:
        return _revive, (type(self), self.message, self.place, self.hint)


def _revive(kind: type[GnomonError], message: str, place: str, hint: str) -> GnomonError:
    """Rebuild an error that crossed a process boundary."""
    return kind(message, place=place, hint=hint)


class SettingsError(GnomonError):
    """A setting is missing, unknown or out of range."""


class DefinitionError(SettingsError):
    """A source that somebody names has no such kind, options, address or schedule, or may not be named from there."""


class NameTaken(SettingsError):
    """Something else has this name already."""


class SourceError(GnomonError):
    """A source cannot be read."""


class ArchiveLimit(SourceError):
    """An archive has too many members, is too large, or is compressed beyond the allowed ratio."""


class PayloadTooLarge(SourceError):
    """One payload is larger than the limit."""


class RegistryUnavailable(SourceError):
    """The package registry cannot be reached or serves something else than was asked for."""


class FormatError(GnomonError):
    """A payload cannot become records."""


class EmptyPayload(FormatError):
    """The payload has no content."""


class UnknownFormat(FormatError):
    """No reader recognises the payload."""


class EncodingError(FormatError):
    """The payload's bytes are not text in the encoding they claim."""


class MalformedPayload(FormatError):
    """A reader recognises the payload but cannot read it."""


class VocabularyError(GnomonError):
    """A vocabulary cannot be loaded, or part of it is broken."""


class HierarchyCycle(VocabularyError):
    """A concept is, over several steps, broader than itself."""


class UnknownConcept(VocabularyError):
    """A concept names another that the vocabulary does not have, or that it has more than once."""


class DuplicateConcept(VocabularyError):
    """A concept is described twice: the first description is kept."""


class ColumnError(VocabularyError):
    """What is said of a table's columns makes no sense, or the table has no such column."""


class CurationError(GnomonError):
    """An edit of a vocabulary is refused. `details` says more, for programs: what differs, what refers to it."""

    def __init__(self, message: str, *, place: str = "", hint: str = "", details: object = None) -> None:
        super().__init__(message, place=place, hint=hint)
        self.details = details

    def __reduce__(self) -> tuple[object, ...]:
        return _revive_curation, (type(self), self.message, self.place, self.hint, self.details)


def _revive_curation(kind: type[CurationError], message: str, place: str, hint: str, details: object) -> CurationError:
    return kind(message, place=place, hint=hint, details=details)


class EditRefused(CurationError):
    """The edit makes no sense for the concept as it is: a label it does not have, a concept that is not there."""


class ConditionViolated(CurationError):
    """The vocabulary would break an integrity condition of SKOS, or a rule of ours; `details` names them."""


class OntologyClash(CurationError):
    """The edit would make an OWL ontology inconsistent, or leave one of its classes without any possible member;
    `details` has the axioms that clash, for each a smallest set."""


class EditConflict(CurationError):
    """Somebody else changed the same thing meanwhile; `details` holds what it was and what each side makes of it."""


class VersionMissing(CurationError):
    """A change of a concept has to name the version that it is meant for."""


class VersionChanged(CurationError):
    """The concept is no longer as the caller saw it; `details` has the differences on both sides."""


class ConceptInUse(CurationError):
    """Something refers to what is to be deleted; `details` counts it."""


class StateError(CurationError):
    """A change set is not in the state in which this can be done to it."""


class MappingError(CurationError):
    """A table of mappings cannot be read, or a decision names a mapping that makes no sense."""


class JournalError(GnomonError):
    """The journal cannot be opened or has been damaged."""


class WriterBusy(JournalError):
    """Another process is writing this data folder."""


class BuildDue(JournalError):
    """What was decided is kept, but the graph has it only after a build, which would take too long now."""


class DiskFull(GnomonError):
    """No space is left for what has to be written."""


class StoreError(GnomonError):
    """The quad store cannot do what was asked."""


class RemoteStoreError(StoreError):
    """A SPARQL server answered with an error or not at all."""


class SearchError(GnomonError):
    """A search cannot be answered."""


class SearchSyntaxError(SearchError):
    """A search query cannot be understood."""


class EncoderError(GnomonError):
    """A text encoder is missing or broken."""


class QueryError(GnomonError):
    """A SPARQL query or update cannot be answered."""


class QuerySyntaxError(QueryError):
    """The query is not SPARQL; `place` is line and column."""


class QueryParameterError(QueryError):
    """A named query has no parameter of this name, or the value is not of its type."""


class QueryFailed(QueryError):
    """The query is SPARQL, but fails when it is evaluated: an unknown function, a graph that is not there."""


class QueryForbidden(QueryError):
    """The query wants something that is closed (SERVICE, LOAD, an update without the role)."""


class QueryTimeout(QueryError):
    """The query ran longer than its limit and was stopped."""


class QueryMemoryExceeded(QueryError):
    """The query needed more memory than its limit and was stopped."""


class QueryInterrupted(QueryError):
    """The process that worked on the query was ended from outside, by no limit of the query's."""


class QueryTooLarge(QueryError):
    """The query's text, nesting or result is larger than its limit."""


class QueryBusy(QueryError):
    """All workers are taken and the queue is full."""


class NotAcceptable(QueryError):
    """The answer exists in no format that the client takes."""


class UnsupportedMediaType(QueryError):
    """The request's body is in a format that is not read here."""


class PersonalError(GnomonError):
    """Something of a reader's profile or saved searches."""


class ConsentMissing(PersonalError):
    """Nothing about a reader is kept before the reader has agreed to it."""


class ProfileLimit(PersonalError):
    """A profile holds as much as it may."""


class MailError(PersonalError):
    """No SMTP server is set, or it did not take a message."""


class NotFound(GnomonError):
    """Nothing here has this name."""


class Gone(GnomonError):
    """What had this name has been deleted at its source.

    `tombstone` is what is still known of it: `iri`, `kind`, `reason` (deleted, withdrawn,
    unreadable), `source`, `locator`, `key`, and the source's `datestamp`.
    """

    def __init__(
        self, message: str, *, place: str = "", hint: str = "", tombstone: dict[str, str] | None = None
    ) -> None:
        super().__init__(message, place=place, hint=hint)
        self.tombstone = tombstone or {}


class RemoteError(GnomonError):
    """A Gnomon server does not answer, or with something that has no name here."""


class AuditError(GnomonError):
    """The audit log cannot be written: nothing is changed that it would not tell of."""


class AccessError(GnomonError):
    """The caller may not do this."""


class Unauthenticated(AccessError):
    """A key is needed, or the one sent is not known."""


class TokenRefused(Unauthenticated):
    """A token of the OpenID provider is forged, over, meant for somebody else, or no token."""


class SignInFailed(Unauthenticated):
    """The provider refused to sign somebody in, or the answer belongs to no attempt of this browser."""


class ProviderUnavailable(AccessError):
    """The OpenID provider does not answer, or not as it should."""


class Forbidden(AccessError):
    """The caller's role does not allow this."""


class RateLimited(AccessError):
    """The caller has used up its allowance for now; it may come again after `retry_after` seconds."""

    def __init__(self, message: str, *, place: str = "", hint: str = "", retry_after: int = 5) -> None:
        super().__init__(message, place=place, hint=hint)
        self.retry_after = retry_after
