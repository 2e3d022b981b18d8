package service

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"latchkey/internal/console"
)

// Find looks for tokens, repositories and people by name, and for tokens by a part
// of their GUID, among what actor may see. Each text is looked for within names,
// and before that, or if it is short only, at the beginning of tokens' names. Of the
// first tokens that are found those are named that open something, before others.
func (s *Service) Find(ctx context.Context, actor console.Principal, text string) (console.Found, error) {
	var found console.Found
	text = console.Clean(text)
	if err := known(actor); err != nil || len(console.Words(text)) == 0 || unsearchable(text) || console.HasSecret(text) {
		return found, err
	}
	v := actor.Sees()
	var err error
	if !v.NoTokens() {
		now := s.now()
		found.Tokens, err = s.store.FindTokensNamed(ctx, v, text, findAmong)
		if err == nil && len(found.Tokens) <= console.FindLimit && utf8.RuneCountInString(text) >= console.FindLeast {
			var like []console.Token
			like, err = s.store.FindTokensLike(ctx, v, text, findAmong, now)
			for _, token := range like {
				if !slices.ContainsFunc(found.Tokens, func(t console.Token) bool { return t.GUID == token.GUID }) {
					found.Tokens = append(found.Tokens, token)
				}
			}
		}
		if err != nil {
			return found, err
		}
		slices.SortStableFunc(found.Tokens, func(a, b console.Token) int { return findRank(a, text, now) - findRank(b, text, now) })
		found.More = len(found.Tokens) > console.FindLimit
		found.Tokens = found.Tokens[:min(len(found.Tokens), console.FindLimit)]
	}
	if actor.MaySomewhere(console.RepositoryRead) {
		if found.Repositories, err = s.store.FindRepositoriesNamed(ctx, v, text, console.FindLimit); err != nil {
			return found, err
		}
	}
	if actor.May(console.UserRead) {
		people, err := s.store.ListPeople(ctx, console.UserFilter{Text: text}, console.PageRequest{Size: console.FindLimit})
		if err != nil {
			return found, err
		}
		found.People = people.Items
	}
	return found, nil
}

// findAmong is how many tokens are looked at for those that are named: some more
// than are named, of which most may have ended.
const findAmong = 50

// findRank orders what was found: the very name, what opens something, what can do
// so again, what has ended.
func findRank(t console.Token, text string, now time.Time) int {
	status := t.Status(now)
	switch {
	case console.Fold(t.Name) == console.Fold(text):
		return 0
	case status == console.StatusActive:
		return 1
	case !status.Final():
		return 2
	}
	return 3
}
