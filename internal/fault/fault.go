// Package fault holds the closed list of error kinds. Every failure a person
// or a peer can meet has one Kind, which decides the exit code, the status on
// the wire and whether trying again can help.
package fault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// Error is a failure with its kind. Op names the step that failed in a short
// lower-case phrase, Hint tells the user what to do next.
type Error struct {
	Op   string
	Kind Kind
	Err  error
	Hint string

	// Retry is how long to wait before trying again; 0: as the caller likes.
	Retry time.Duration
}

func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return e.Op
	case e.Op == "":
		return e.Err.Error()
	}
	return e.Op + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind from a message.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// Wrap says which step failed; the kind is the cause's own.
func Wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Kind: Of(err), Err: err, Hint: ""}
}

// As gives a foreign error a kind and the step that failed.
func As(kind Kind, op string, err error) *Error {
	return &Error{Op: op, Kind: kind, Err: err}
}

// WithHint returns e with a hint for the user.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// WithRetry returns e with how long to wait before trying again.
func (e *Error) WithRetry(after time.Duration) *Error {
	c := *e
	c.Retry = after
	return &c
}

// RetryAfter is the first Retry in the chain; 0: there is none.
func RetryAfter(err error) time.Duration {
	var e *Error
	for cause := err; errors.As(cause, &e); cause = e.Err {
		if e.Retry > 0 {
			return e.Retry
		}
	}
	return 0
}

// Of returns the kind of the outermost classified error in the chain; errors
// of the operating system that users meet are classified here, in one place.
func Of(err error) Kind {
	var e *Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return Full
	case errors.Is(err, syscall.EADDRINUSE):
		return Busy
	case errors.Is(err, fs.ErrNotExist): // before ENOTDIR, which Windows says of a missing directory
		return NotFound
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return Invalid
	case errors.Is(err, syscall.EROFS):
		return Denied
	case errors.Is(err, fs.ErrPermission):
		return Denied
	}
	kind, _ := ofSystem(err)
	return kind
}

// Hint returns the first hint in the chain, else the kind's own.
func Hint(err error) string {
	var e *Error
	for cause := err; errors.As(cause, &e); cause = e.Err {
		if e.Hint != "" {
			return e.Hint
		}
	}
	if Of(err) == Denied && isOfFiles(err) {
		return "look whose the file is, and run it as that user"
	}
	return Of(err).hint()
}

// isOfFiles reports whether it is this machine that denies, not anybody of the network.
func isOfFiles(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}
