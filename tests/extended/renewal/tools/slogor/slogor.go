// Package slogor stands for the package of that name, by which lego colours its log and which not every mirror of Go
// modules has. The log of the tests has no colours.
package slogor

import (
	"io"
	"log/slog"
)

// OptionFn changes the options of a handler.
type OptionFn func(*slog.HandlerOptions)

// SetLevel sets the lowest level that is logged.
func SetLevel(level slog.Leveler) OptionFn {
	return func(options *slog.HandlerOptions) { options.Level = level }
}

// SetTimeFormat changes nothing.
func SetTimeFormat(string) OptionFn { return func(*slog.HandlerOptions) {} }

// DisableColor changes nothing.
func DisableColor() OptionFn { return func(*slog.HandlerOptions) {} }

// NewHandler returns a handler that writes text.
func NewHandler(writer io.Writer, options ...OptionFn) slog.Handler {
	chosen := &slog.HandlerOptions{}
	for _, option := range options {
		option(chosen)
	}
	return slog.NewTextHandler(writer, chosen)
}
