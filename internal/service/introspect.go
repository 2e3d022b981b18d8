package service

import (
	"context"
	"slices"

	"latchkey/internal/console"
)

// Authenticate returns the principal of a presented token string that is
// active now, and unauthenticated for any other text.
func (s *Service) Authenticate(ctx context.Context, text string) (console.Principal, error) {
	found, err := s.inspect(ctx, text)
	if err != nil {
		return console.Principal{}, err
	}
	if !found.Active {
		return console.Principal{}, &console.Error{Code: console.CodeUnauthenticated, Message: "The supplied authentication is invalid"}
	}
	return console.Principal{
		Kind: console.PrincipalToken, GUID: found.Token.GUID, Name: found.Token.Name, Scopes: found.Token.Scopes,
	}, nil
}

// Introspect says what a token string is worth, to a token that holds
// ScopeIntrospect. A token may not ask about itself: that would let one who
// found it learn whether it works (RFC 7662, section 4).
func (s *Service) Introspect(ctx context.Context, caller console.Principal, text string) (console.Introspection, error) {
	if caller.Kind != console.PrincipalToken {
		return console.Introspection{}, console.Unauthenticated()
	}
	if !slices.Contains(caller.Scopes, console.ScopeIntrospect) {
		return console.Introspection{}, console.Forbidden("This takes a token with the scope " + console.ScopeIntrospect + ".")
	}
	found, err := s.inspect(ctx, text)
	if err == nil && found.Token.GUID == caller.GUID {
		return console.Introspection{}, console.Unauthenticated()
	}
	return found, err
}

// Verify says what a token string is worth, to its holder.
func (s *Service) Verify(ctx context.Context, text string) (console.Introspection, error) {
	return s.inspect(ctx, text)
}

// inspect looks up a token string. What cannot be one never reaches the database.
func (s *Service) inspect(ctx context.Context, text string) (console.Introspection, error) {
	unknown := console.Introspection{Reason: console.ReasonUnknown}
	guid, secret, ok := console.ParseSecret(text)
	if !ok {
		return unknown, nil
	}
	now := s.now()
	token, err := s.store.FindSecret(ctx, s.keys.hashSecret(secret).Hash, now)
	switch {
	case console.CodeOf(err) == console.CodeNotFound:
		return unknown, nil
	case err != nil:
		return console.Introspection{}, err
	case token.GUID != guid:
		return unknown, nil
	}
	return token.Introspect(now), nil
}
