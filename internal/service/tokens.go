package service

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// CreateToken makes a token and its secret, which exists in this answer only.
// The GUID makes it safe to repeat: the same request again answers the token
// that the first one made, without a secret; another request with the same
// GUID is a conflict.
func (s *Service) CreateToken(ctx context.Context, actor console.Principal, n console.NewToken) (console.Token, console.Secret, error) {
	if err := s.RecordDenial(ctx, actor, actor.NeedSomewhere(console.TokenWrite), console.Target{}); err != nil {
		return console.Token{}, console.Secret{}, err
	}
	n, now := n.Clean(), s.now()
	if n.Owner == "" && actor.Kind == console.PrincipalUser {
		n.Owner = actor.GUID
	}
	made, found, err := s.madeBefore(ctx, actor, n)
	if found || err != nil {
		return made, console.Secret{}, err
	}
	catalogue, err := s.Catalogue(ctx)
	if err != nil {
		return console.Token{}, console.Secret{}, err
	}
	p := console.Problems{}
	p.Check(n.Type == "" || !n.Type.Valid() || n.Type.Creatable(), "type", "Tokens of this type are made elsewhere: personal ones by their person, links with their dashboard.")
	if err := cmp.Or(p.Err(), n.Validate(now, catalogue)); err != nil {
		return console.Token{}, console.Secret{}, err
	}
	token, secret := n.Token(actor, now), console.NewSecret(n.GUID)
	err = s.change(ctx, actor, console.TokenWrite, func(tx *store.Store, actor console.Principal) (err error) {
		if err := s.judge(ctx, tx, actor, n, &token, func(err error) error { return err }); err != nil {
			return err
		}
		if err := s.needProofFor(ctx, tx, actor, token.Scopes); err != nil {
			return err
		}
		return s.insertToken(ctx, tx, actor, token, secret)
	})
	return s.made(ctx, actor, n, token, secret, err)
}

// insertToken adds a token that may be made, and records who made it.
func (s *Service) insertToken(ctx context.Context, tx *store.Store, actor console.Principal, token console.Token, secret console.Secret) error {
	if err := tx.InsertToken(ctx, token, s.keys.hashSecret(secret)); err != nil {
		return err
	}
	event := actor.Did(console.TokenCreated, token.AsTarget(), token.CreatedAt)
	event.Repositories = token.Repositories
	event.Changes = console.Changes(console.Token{}.Fields(), token.Fields())
	return s.record(ctx, tx, event)
}

// made is the answer to a request for a token: where the same request came first
// meanwhile, that one's, without a secret.
func (s *Service) made(ctx context.Context, actor console.Principal, n console.NewToken, token console.Token, secret console.Secret, err error) (console.Token, console.Secret, error) {
	if console.CodeOf(err) == console.CodeConflict {
		if made, found, findErr := s.madeBefore(ctx, actor, n); found && findErr == nil {
			return made, console.Secret{}, nil
		}
	}
	if err != nil {
		return console.Token{}, console.Secret{}, err
	}
	return token, secret, nil
}

// judge asks all that has to be asked within a transaction before n becomes
// token, and adds to it what it belongs to. It tells note of every answer, until
// note returns an error.
func (s *Service) judge(ctx context.Context, tx *store.Store, actor console.Principal, n console.NewToken, token *console.Token, note func(error) error) (err error) {
	if err := note(mayGrant(ctx, tx, actor, token.Type, token.Scopes)); err != nil {
		return err
	}
	token.Repositories, token.Owner, err = s.belongsTo(ctx, tx, actor, n)
	if err := note(err); err != nil {
		return err
	}
	if err := note(mayGrantAssets(ctx, tx, actor, token.Repositories, token.Assets)); err != nil {
		return err
	}
	token.IPFilter, err = keepIPFilter(ctx, tx, n.IPFilter)
	if err := note(err); err != nil {
		return err
	}
	if err := note(abides(ctx, tx, console.NewPolicyCase(nil, *token, token.CreatedAt))); err != nil {
		return err
	}
	if !mayMakeThere(actor, n) {
		return nil // they are told of no name in a place that is not theirs
	}
	return note(s.claimName(ctx, tx, n, token.CreatedAt))
}

// mayMakeThere reports whether actor may make tokens where n belongs.
func mayMakeThere(actor console.Principal, n console.NewToken) bool {
	if n.Type != console.TypeRepository {
		return actor.MayMake(n.Type)
	}
	return !slices.ContainsFunc(n.Repositories, func(repo console.GUID) bool { return !actor.MayIn(console.TokenWrite, repo) })
}

// madeBefore returns the token that the same actor's same request made before,
// if there is one, and a conflict if the GUID went to another token.
func (s *Service) madeBefore(ctx context.Context, actor console.Principal, n console.NewToken) (console.Token, bool, error) {
	if !n.GUID.Valid() {
		return console.Token{}, false, nil
	}
	token, err := s.store.FindToken(ctx, "", n.GUID)
	if console.CodeOf(err) == console.CodeNotFound {
		told, err := s.store.ListAuditEvents(ctx, console.AuditFilter{Target: n.GUID}, console.PageRequest{Size: 1})
		if err != nil || len(told.Items) == 0 {
			return console.Token{}, false, err
		}
	}
	if err != nil {
		// It has a history: it was made this very moment, or it is gone, and its
		// history is not another token's.
		token, err = s.store.FindToken(ctx, "", n.GUID)
	}
	switch {
	case console.CodeOf(err) == console.CodeNotFound:
		return console.Token{}, false, console.Conflict("guid", "A token had this GUID before. Regenerate it.")
	case err != nil:
		return console.Token{}, false, err
	case n.Same(token) && token.Creator.GUID == actor.GUID:
		return token, true, nil
	}
	return console.Token{}, false, console.Conflict("guid", "A token with this GUID exists already.")
}

// mayGrant refuses scopes that the actor cannot give to a token of type t at this
// moment.
func mayGrant(ctx context.Context, tx *store.Store, actor console.Principal, t console.Type, scopes []string) error {
	catalogue, err := catalogueOf(ctx, tx)
	if err != nil {
		return err
	}
	return console.Deny(actor.NeedGrant(catalogue, t, scopes), console.TokenWrite, console.Target{})
}

// belongsTo finds and holds the repositories and the owner that n names, among
// those that the actor may choose.
func (s *Service) belongsTo(ctx context.Context, tx *store.Store, actor console.Principal, n console.NewToken) ([]console.RepositoryRef, console.PersonRef, error) {
	var repositories []console.RepositoryRef
	var owner console.PersonRef
	p := console.Problems{}
	if n.Type == console.TypeRepository {
		found, err := tx.LockRepositories(ctx, n.Repositories)
		if err != nil && console.CodeOf(err) != console.CodeNotFound {
			return nil, owner, err
		}
		seen := err == nil
		for _, r := range found {
			seen = seen && actor.MayIn(console.RepositoryRead, r.GUID)
		}
		p.Check(seen, "repository", "There is no such repository.")
		for _, r := range found {
			p.Check(!seen || actor.MayIn(console.TokenWrite, r.GUID), "repository", "You may look at the tokens of "+r.Name+", but not change them.")
		}
		repositories = found
	} else {
		p.Check(actor.MayMake(n.Type), "type", "You may make tokens of your repositories only.")
	}
	if n.Owner != "" {
		user, err := tx.KeepUser(ctx, n.Owner)
		if err != nil && console.CodeOf(err) != console.CodeNotFound {
			return nil, owner, err
		}
		p.Check(err == nil && user.DisabledAt.IsZero() && meets(actor, user), "owner", "There is no such person.")
		owner = user.Ref()
	}
	return repositories, owner, p.Err()
}

// claimName refuses a name that another token of the same place can still be
// active under. Requests for the same name take turns.
func (s *Service) claimName(ctx context.Context, tx *store.Store, n console.NewToken, now time.Time) error {
	places := []string{string(n.Type)}
	if len(n.Repositories) > 0 {
		places = places[:0]
		for _, guid := range n.Repositories {
			places = append(places, string(guid))
		}
	}
	for _, place := range places {
		if err := tx.Exclusive(ctx, "token name "+place+" "+console.Fold(n.Name)); err != nil {
			return err
		}
	}
	clash, err := tx.FindNameClash(ctx, n.Type, n.Repositories, n.Name, now)
	if err != nil || clash == "" || clash == n.GUID {
		return err
	}
	sentence := "There is already a token of this type with that name."
	if len(n.Repositories) > 0 {
		sentence = "This repository already has a token with that name."
	}
	return console.Conflict("name", sentence)
}

// RevokeToken ends a token for good. Revoking twice is not an error, and what
// expired stays expired.
func (s *Service) RevokeToken(ctx context.Context, actor console.Principal, repo, guid console.GUID, reason string) (console.Token, error) {
	if err := actor.NeedSomewhere(console.TokenRead); err != nil {
		return console.Token{}, err
	}
	reason = console.Clean(reason)
	p := console.Problems{}
	p.Check(utf8.RuneCountInString(reason) <= console.ReasonLimit, "reason", "The reason is longer than 500 characters.")
	p.Check(console.PlainText(reason), "reason", "The reason has characters that can’t be shown.")
	if err := cmp.Or(p.Err(), written(repo, guid)); err != nil {
		return console.Token{}, err
	}
	var token console.Token
	err := s.change(ctx, actor, console.TokenRead, func(tx *store.Store, actor console.Principal) (err error) {
		if token, err = lockToken(ctx, tx, actor, repo, guid); err != nil {
			return err
		}
		now := s.now()
		if token.Status(now).Final() {
			return nil
		}
		if err := s.revoke(ctx, tx, actor, token, reason, now); err != nil {
			return err
		}
		token.RevokedAt, token.ValidTo, token.RevokeReason = now, now, reason
		token.UpdatedAt, token.Version = now, token.Version+1
		return nil
	})
	return token, err
}

// revoke ends a token that is locked, and records who did it.
func (s *Service) revoke(ctx context.Context, tx *store.Store, by console.Principal, token console.Token, reason string, now time.Time) error {
	event := by.Did(console.TokenRevoked, token.AsTarget(), now)
	event.Repositories, event.Reason = token.Repositories, reason
	event.Changes = []console.Change{{Field: "valid_to", Old: console.TimeText(token.ValidTo), New: console.TimeText(now)}}
	if err := tx.RevokeToken(ctx, token.GUID, reason, now); err != nil {
		return err
	}
	return s.record(ctx, tx, event)
}

// GetToken returns a token. With a repository it must belong to it.
func (s *Service) GetToken(ctx context.Context, actor console.Principal, repo, guid console.GUID) (console.Token, error) {
	if err := cmp.Or(actor.NeedSomewhere(console.TokenRead), written(repo, guid)); err != nil {
		return console.Token{}, err
	}
	token, err := s.store.FindToken(ctx, repo, guid)
	if err == nil {
		err = actor.NeedToken(console.TokenRead, token)
	}
	if err != nil {
		return console.Token{}, err
	}
	return token, nil
}

// lockToken locks a token that actor may change.
func lockToken(ctx context.Context, tx *store.Store, actor console.Principal, repo, guid console.GUID) (console.Token, error) {
	token, err := tx.LockToken(ctx, repo, guid)
	if err == nil {
		err = actor.NeedToken(console.TokenWrite, token)
	}
	if err != nil {
		return console.Token{}, err
	}
	return token, nil
}

// historyLimit is how many events a token's page shows.
const historyLimit = 50

// TokenHistory returns the latest events of a token, the newest first, also
// of one that is gone for those who see every token. That it was refused stands
// in its usage; here it would leave room for nothing else.
func (s *Service) TokenHistory(ctx context.Context, actor console.Principal, guid console.GUID) ([]console.AuditEvent, error) {
	if err := cmp.Or(actor.NeedSomewhere(console.TokenRead), written(guid)); err != nil {
		return nil, err
	}
	changing := slices.DeleteFunc(slices.Clone(console.Actions), func(a console.Action) bool { return a == console.TokenRefused })
	page, err := s.ListAuditEvents(ctx, actor, console.AuditFilter{Target: guid, Actions: changing}, console.PageRequest{Size: historyLimit})
	return page.Items, err
}

// ListTokens returns a page of the tokens that pass f and that actor may see, counted.
func (s *Service) ListTokens(ctx context.Context, actor console.Principal, f console.TokenFilter, sort console.TokenSort, request console.PageRequest) (console.Page[console.Token], error) {
	request.Counted = true
	page, _, err := s.ListCountedTokens(ctx, actor, f, sort, request)
	return page, err
}

// ListCountedTokens is ListTokens and CountTokens, which may be older. Where to
// count takes longer than the page, and nobody asks for it, there are no counts.
func (s *Service) ListCountedTokens(ctx context.Context, actor console.Principal, f console.TokenFilter, sort console.TokenSort, request console.PageRequest) (console.Page[console.Token], console.StatusCounts, error) {
	f, some := s.visible(ctx, actor, f)
	if !some {
		return console.Page[console.Token]{}, console.StatusCounts{}, known(actor)
	}
	now := s.now()
	counts, err := s.countTokens(ctx, f, now, request.Counted)
	if err != nil {
		return console.Page[console.Token]{}, nil, err
	}
	total := console.Uncounted
	if counts != nil {
		total = counts[f.Status]
	}
	names, err := atGlance(ctx, s, "names", func() (*store.Names, error) { return &store.Names{}, nil })
	if err != nil {
		return console.Page[console.Token]{}, nil, err
	}
	page, err := s.store.ListTokens(ctx, f, sort, request, total, names, now)
	return page, counts, err
}

// CountTokens counts the tokens that pass f, whatever its status, and that
// actor may see: all, the current, the active and the inactive ones, and those
// that pass its status.
func (s *Service) CountTokens(ctx context.Context, actor console.Principal, f console.TokenFilter) (console.StatusCounts, error) {
	f, some := s.visible(ctx, actor, f)
	if !some {
		return console.StatusCounts{}, known(actor)
	}
	return s.countTokens(ctx, f, s.now(), true)
}

// visible narrows f to what actor may see and reports whether that can be any.
func (s *Service) visible(ctx context.Context, actor console.Principal, f console.TokenFilter) (console.TokenFilter, bool) {
	f.Status = cmp.Or(f.Status, console.FilterAll)
	f.Retention = max(s.Settings(ctx).RetentionWindow, time.Millisecond) // to the store, none means its own default
	f.Visible = actor.Sees()
	texts := append(slices.Clone(f.Scopes), f.Name, f.Search, string(f.Repository), string(f.IPFilter))
	for _, guid := range slices.Concat(f.Owners, f.Creators, f.Repositories) {
		texts = append(texts, string(guid))
	}
	for _, t := range f.Types {
		texts = append(texts, string(t))
	}
	return f, !f.Visible.NoTokens() && !slices.ContainsFunc(texts, unsearchable)
}

// unsearchable reports whether text is one that PostgreSQL refuses to look for,
// and that occurs nowhere.
func unsearchable(text string) bool { return !utf8.ValidString(text) || strings.ContainsRune(text, 0) }

func known(actor console.Principal) error {
	if !actor.Known() {
		return console.Unauthenticated()
	}
	return nil
}
