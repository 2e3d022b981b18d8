// Package ui holds the small components that every page is made of. They know
// nothing of tokens or people: they are given words and flags, and each looks
// and works alike on a page of its own and inside a dialog, with JavaScript
// and without.
package ui

import (
	"context"
	"maps"

	"github.com/a-h/templ"

	"latchkey/static"
)

// A Tone says how something is to be taken. Its zero value is neutral.
type Tone string

// The tones, each with a foreground, a background and a mark in both themes.
const (
	OK     Tone = "ok"
	Warn   Tone = "warn"
	Info   Tone = "info"
	Bad    Tone = "bad"
	Mute   Tone = "mute"
	Accent Tone = "accent"
)

// class returns "base base-tone", or base alone if the tone is neutral.
func (t Tone) class(base string) string {
	if t == "" {
		return base
	}
	return base + " " + base + "-" + string(t)
}

type csrfKey struct{}

// WithCSRF returns a context in which every Form carries the token.
func WithCSRF(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, csrfKey{}, token)
}

// CSRF returns the token that forms rendered with ctx carry.
func CSRF(ctx context.Context) string {
	token, _ := ctx.Value(csrfKey{}).(string)
	return token
}

// sprite is the one file that all icons come from.
var sprite = constant(static.URL("icons.svg"))

// with are attrs and more; more wins.
func with(attrs, more templ.Attributes) templ.Attributes {
	if len(attrs) == 0 {
		return more
	}
	sum := maps.Clone(attrs)
	maps.Copy(sum, more)
	return sum
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
