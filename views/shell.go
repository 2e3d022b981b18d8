package views

import (
	"context"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// Shell is what surrounds every page. It travels in the context, because every
// page needs it and none decides about it; only the layout and ui.Form read it.
type Shell struct {
	// Organization and Version stand beside the product's name.
	Organization string
	Version      string
	// Theme is "light", "dark" or empty for what the system prefers.
	Theme string
	// User is nil on the pages of visitors.
	User *console.User
	// Notices are what has just happened.
	Notices []console.Notice
	// CSRF is the token that every form carries.
	CSRF string
	// Here is the page to come back to after a change of theme.
	Here   string
	Reader Reader
}

type shellKey struct{}

// WithShell returns a context in which pages are rendered with s around them.
func WithShell(ctx context.Context, s Shell) context.Context {
	return ui.WithCSRF(context.WithValue(ctx, shellKey{}, s), s.CSRF)
}

func shellOf(ctx context.Context) Shell {
	s, _ := ctx.Value(shellKey{}).(Shell)
	if s.Reader.Zone == nil {
		s.Reader.Zone = time.UTC
	}
	return s
}

// may reports whether the reader has perm, so that the menu leads nowhere else.
func (s Shell) may(perm console.Permission) bool { return s.User != nil && s.User.Role.May(perm) }

// mayIn reports whether the reader has perm in a repository.
func (s Shell) mayIn(perm console.Permission, repo console.GUID) bool {
	return s.User != nil && console.Principal{}.As(*s.User).MayIn(perm, repo)
}

// seesRepositories reports whether there may be a repository that the reader sees.
func (s Shell) seesRepositories() bool {
	return s.User != nil && console.Principal{}.As(*s.User).MaySomewhere(console.RepositoryRead)
}

// colorScheme is the theme in the words of the browser.
// changesTokens reports whether the reader may change tokens anywhere, or sees
// what everybody does to them.
func (s Shell) changesTokens() bool {
	return s.User != nil && (s.may(console.TokenRead) || console.Principal{}.As(*s.User).MaySomewhere(console.TokenWrite))
}

func (s Shell) colorScheme() string {
	if s.Theme == "" {
		return "light dark"
	}
	return s.Theme
}

// navLink is an entry of the main menu.
func navLink(href, icon, label string, current bool) ui.Drawing {
	return func(m *ui.Markup) {
		m.Add(`<a href="`).Text(href).Add(`"`)
		if current {
			m.Add(` aria-current="page"`)
		}
		m.Add(`>`).Draw(ui.Icon(icon)).Text(label).Add(`</a>`)
	}
}

// initials are up to two letters that stand for a name.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" .-_@", r) })
	switch {
	case len(words) == 0:
		return ""
	case len(words) == 1:
		return strings.ToUpper(firstLetters(words[0], 2))
	}
	return strings.ToUpper(firstLetters(words[0], 1) + firstLetters(words[1], 1))
}

func firstLetters(word string, n int) string {
	runes := []rune(word)
	return string(runes[:min(n, len(runes))])
}

// avatarColour spreads names over the avatars' colours, always alike.
func avatarColour(name string) string {
	sum := 0
	for _, r := range name {
		sum += int(r)
	}
	return []string{"", "b", "c", "d"}[sum%4]
}
