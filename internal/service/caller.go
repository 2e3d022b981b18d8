package service

import (
	"context"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// AuthenticateCaller returns for whom a token string acts that somebody presents
// to the console's own API: the person whose personal token it is, with the rights
// that they have now, or the token itself. The string is the proof of who asks:
// nobody is there to be asked again. What opens nothing is unauthenticated, and so
// are links to dashboards, which are for looking only.
func (s *Service) AuthenticateCaller(ctx context.Context, text string, from console.Presenter, asking console.Principal) (console.Principal, error) {
	found, err := s.look(ctx, text, from.Address)
	if err != nil {
		return console.Principal{}, err
	}
	s.noteUse(found, found.Introspection, from)
	switch {
	case !found.Active || found.Token.Type == console.TypeDashboardLink:
		return console.Principal{}, errNoCaller()
	case found.Token.Type != console.TypePersonal:
		return asking.AsToken(found.Token), nil
	}
	user, err := s.store.FindUser(ctx, found.Token.Owner.GUID)
	if console.CodeOf(err) == console.CodeNotFound || err == nil && (!user.Enabled() || user.Invited()) {
		return console.Principal{}, errNoCaller()
	}
	if err != nil {
		return console.Principal{}, err
	}
	caller := asking.As(user)
	caller.ProvedAt = s.now()
	return caller, nil
}

// errNoCaller is what LogScale says of a credential that opens nothing.
func errNoCaller() error {
	return &console.Error{Code: console.CodeUnauthenticated, Message: "The supplied authentication is invalid"}
}

// currentToken is a token that asks as it is now, and stays until the transaction
// ends.
func (s *Service) currentToken(ctx context.Context, tx *store.Store, actor console.Principal) (console.Principal, error) {
	token, err := tx.KeepToken(ctx, actor.GUID)
	if console.CodeOf(err) == console.CodeNotFound || err == nil && token.Status(s.now()) != console.StatusActive {
		return actor, errNoCaller()
	}
	if err != nil {
		return actor, err
	}
	return actor.AsToken(token), nil
}
