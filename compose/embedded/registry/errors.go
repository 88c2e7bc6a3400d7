package registry

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is an answer of the API other than success: the HTTP status, the error
// code of the Confluent API, and one line for people.
type Error struct {
	Status  int
	Code    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%d/%d: %s", e.Status, e.Code, e.Message) }

// Error codes of the Confluent Schema Registry API that this registry answers.
const (
	codeUnauthorized      = 40101
	codeForbidden         = 40301
	codeSubjectNotFound   = 40401
	codeVersionNotFound   = 40402
	codeSchemaNotFound    = 40403
	codeSubjectDeleted    = 40404
	codeSubjectNotDeleted = 40405
	codeVersionDeleted    = 40406
	codeVersionNotDeleted = 40407
	codeNoSubjectLevel    = 40408
	codeNoSubjectMode     = 40409
	codeIncompatible      = 409
	codeInvalidSchema     = 42201
	codeInvalidVersion    = 42202
	codeInvalidLevel      = 42203
	codeInvalidMode       = 42204
	codeNotPermitted      = 42205
	codeReferenceExists   = 42206
	codeInvalidSubject    = 42208
	codeSchemaTooLarge    = 42209
	codeInvalidRuleSet    = 42210
	codeContextNotEmpty   = 42211
	codeStore             = 50001
	codeTimeout           = 50002
)

// statusOf maps an error code to its HTTP status: the first three digits.
func statusOf(code int) int {
	for code > 999 {
		code /= 10
	}
	return code
}

func fail(code int, format string, args ...any) *Error {
	return &Error{Status: statusOf(code), Code: code, Message: fmt.Sprintf(format, args...)}
}

func subjectNotFound(n name) *Error {
	return fail(codeSubjectNotFound, "subject '%s' not found", n)
}

func versionNotFound(n name, v int) *Error {
	return fail(codeVersionNotFound, "version %s of subject '%s' not found", versionText(v), n)
}

func schemaNotFound(what string) *Error {
	return fail(codeSchemaNotFound, "schema %s not found", what)
}

func readOnlyError(n name, m Mode) *Error {
	return fail(codeNotPermitted, "subject '%s' is in %s mode: set its mode to READWRITE to change it", n, m)
}

// asError turns whatever a handler returned into an answer. What is not an
// *Error already is a fault of the store.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fail(http.StatusRequestEntityTooLarge, "the request body is larger than %d bytes", tooLarge.Limit)
	}
	return fail(codeStore, "the registry could not do that: %v", err)
}
