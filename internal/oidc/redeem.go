package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"latchkey/internal/console"
)

const (
	// skew is how far the provider's clock may be from this one.
	skew = time.Minute
	// subjectLimit is the length of a subject by the standard.
	subjectLimit = 255
)

// Redeem exchanges the code that flow came back with for what the provider says
// of the person. Whatever is not exactly as it should be is unauthenticated.
func (p *Provider) Redeem(ctx context.Context, flow console.SignInFlow, code string) (console.Assertion, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return console.Assertion{}, err
	}
	ctx, cancel := context.WithTimeout(p.withClient(ctx), 2*requestLimit)
	defer cancel()
	answer, err := p.client(found, flow).Exchange(ctx, code, oauth2.VerifierOption(flow.Verifier))
	if err != nil {
		return console.Assertion{}, p.refusal(err)
	}
	raw, _ := answer.Extra("id_token").(string)
	if raw == "" {
		return console.Assertion{}, p.distrust("there is no ID token")
	}
	token, err := found.verifier.Verify(ctx, raw)
	if err != nil {
		return console.Assertion{}, p.unverified(err)
	}
	said, err := p.examine(token, flow, answer.AccessToken)
	if err != nil {
		return console.Assertion{}, err
	}
	if found.userInfo && p.lacks(said) {
		if err := p.addUserInfo(ctx, found, answer, token.Subject, said); err != nil {
			return console.Assertion{}, err
		}
	}
	return p.assertion(token.Subject, said), nil
}

// refusal tells a code that the provider did not accept, which is the browser's
// matter, from everything else, which is the provider's or ours.
func (p *Provider) refusal(err error) error {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && e.ErrorCode == "invalid_grant" {
		return p.distrust("the provider refused the code")
	}
	return p.away(reasonOf(err))
}

// unverified says why an ID token is not what it should be.
func (p *Provider) unverified(err error) error {
	if _, ok := errors.AsType[*oidc.TokenExpiredError](err); ok {
		return p.distrust("the ID token is expired")
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "fetching keys"):
		return p.away(errors.New("its keys can’t be read"))
	case strings.Contains(text, "different provider"):
		return p.distrust("the ID token is from another issuer")
	case strings.Contains(text, "expected audience"):
		return p.distrust("the ID token is for somebody else")
	case strings.Contains(text, "nbf"):
		return p.distrust("the ID token is not valid yet")
	case strings.Contains(text, "unmarshal claims"):
		return p.distrust("the ID token makes no sense")
	}
	return p.distrust("the ID token is not signed by the provider")
}

// claims are what a token or the provider's user info says, by name.
type claims map[string]json.RawMessage

// examine checks what the library leaves to its caller.
func (p *Provider) examine(token *oidc.IDToken, flow console.SignInFlow, access string) (claims, error) {
	var said claims
	if err := token.Claims(&said); err != nil {
		return nil, p.distrust("the ID token makes no sense")
	}
	authorized := said.text("azp")
	switch {
	case token.Issuer != p.settings.Issuer:
		return nil, p.distrust("the ID token is from another issuer")
	case token.Subject == "" || len(token.Subject) > subjectLimit || !console.PlainLine(token.Subject):
		return nil, p.distrust("the ID token names nobody")
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(flow.Nonce)) != 1:
		return nil, p.distrust("the ID token belongs to another sign-in")
	case authorized != "" && authorized != p.settings.ClientID, authorized == "" && len(token.Audience) > 1:
		return nil, p.distrust("the ID token was made for somebody else")
	case token.AccessTokenHash != "" && token.VerifyAccessToken(access) != nil:
		return nil, p.distrust("the ID token belongs to another access token")
	case flow.Fresh && !p.fresh(said, flow):
		return nil, p.distrust("the provider did not ask again who is there")
	}
	return said, nil
}

// fresh reports whether somebody proved who they are since the flow began.
func (p *Provider) fresh(said claims, flow console.SignInFlow) bool {
	var seconds float64
	if json.Unmarshal(said["auth_time"], &seconds) != nil {
		return false
	}
	at := time.Unix(int64(seconds), 0)
	return !at.Before(flow.StartedAt.Add(-skew)) && !at.After(p.now().Add(skew))
}

// lacks reports whether the ID token leaves open what user info may tell: many
// providers keep it short.
func (p *Provider) lacks(said claims) bool {
	_, groups := said[p.settings.GroupsClaim]
	return said.text("email") == "" || said.text("name") == "" || p.settings.Mapping != nil && !groups
}

// addUserInfo adds what the provider says of the same person and did not say
// in the token.
func (p *Provider) addUserInfo(ctx context.Context, found *discovered, answer *oauth2.Token, subject string, said claims) error {
	info, err := found.provider.UserInfo(ctx, oauth2.StaticTokenSource(answer))
	if err != nil {
		return p.away(errors.New("its user info can’t be read"))
	}
	if info.Subject != subject {
		return p.distrust("the user info is about somebody else")
	}
	var more claims
	if err := info.Claims(&more); err != nil {
		return p.away(errors.New("its user info makes no sense"))
	}
	if said.text("email") == "" { // an address and whether it is verified belong together
		said["email"], said["email_verified"] = more["email"], more["email_verified"]
	}
	for _, name := range []string{"name", "preferred_username", p.settings.GroupsClaim} {
		if _, there := said[name]; !there {
			said[name] = more[name]
		}
	}
	return nil
}

// assertion is what the claims mean here.
func (p *Provider) assertion(subject string, said claims) console.Assertion {
	a := console.Assertion{Issuer: p.settings.Issuer, Subject: subject, Groups: said.list(p.settings.GroupsClaim)}
	for _, name := range []string{"name", "preferred_username"} {
		if text := console.Clean(said.text(name)); a.Name == "" && console.PlainLine(text) {
			a.Name = text
		}
	}
	if email := console.Clean(said.text("email")); said.yes("email_verified") && console.PlainLine(email) {
		a.Email = email
	}
	return a
}

func (c claims) text(name string) string {
	var text string
	_ = json.Unmarshal(c[name], &text) // what is no text says nothing
	return text
}

// yes reads true, and "true" as some providers write it.
func (c claims) yes(name string) bool {
	var yes bool
	return json.Unmarshal(c[name], &yes) == nil && yes || c.text(name) == "true"
}

// list reads a list of texts, or one text.
func (c claims) list(name string) []string {
	var list []string
	if json.Unmarshal(c[name], &list) != nil {
		list = nil
		if one := c.text(name); one != "" {
			list = []string{one}
		}
	}
	return slices.DeleteFunc(list, func(group string) bool { return group == "" || group == console.Everybody })
}
