package service

import (
	"context"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// A Caller is for whom a token string acts that somebody presents to the console's
// own API.
type Caller struct {
	console.Principal
	// User is the person whose personal token it is; its zero value for other tokens.
	User console.User
	// Record is what verification knows of the token itself.
	Record console.Token
}

// AuthenticateCaller returns for whom a token string acts, from where asking says:
// the person whose personal token it is, with the rights that they have now, or the
// token itself. What opens nothing is unauthenticated, and so are links to
// dashboards, which are for looking only.
func (s *Service) AuthenticateCaller(ctx context.Context, text string, from console.Presenter, asking console.Principal) (Caller, error) {
	found, err := s.look(ctx, text, from.Address)
	if err != nil {
		return Caller{}, err
	}
	s.noteUse(&found, found.Reason, from)
	switch {
	case !found.Active || found.Token.Type == console.TypeDashboardLink:
		return Caller{}, errNoCaller()
	case found.Token.Type != console.TypePersonal:
		return Caller{Principal: asking.AsToken(found.Token), Record: found.Token}, nil
	}
	user, err := s.store.FindUser(ctx, found.Token.Owner.GUID)
	if console.CodeOf(err) == console.CodeNotFound || err == nil && (!user.Enabled() || user.Invited()) {
		return Caller{}, errNoCaller()
	}
	asking.Token = found.Token.GUID
	return Caller{Principal: asking.As(user), User: user, Record: found.Token}, err
}

// errNoCaller is what LogScale says of a credential that opens nothing.
func errNoCaller() error {
	return &console.Error{Code: console.CodeUnauthenticated, Message: "The supplied authentication is invalid"}
}

// currentToken is a token that asks, or with which a person asks, as it is now and
// stays until the transaction ends.
func (s *Service) currentToken(ctx context.Context, tx *store.Store, guid console.GUID) (console.Token, error) {
	token, err := tx.KeepToken(ctx, guid)
	if console.CodeOf(err) == console.CodeNotFound || err == nil && token.Status(s.now()) != console.StatusActive {
		err = errNoCaller()
	}
	return token, err
}
