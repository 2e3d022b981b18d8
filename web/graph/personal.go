package graph

import (
	"context"

	"latchkey/internal/console"
)

// personalInput is a new personal token. The one that the person had ends with it.
type personalInput struct {
	Input struct {
		ExpireAt   *Long
		IPFilterID *string
	}
}

func (in personalInput) of() console.NewPersonalToken {
	return console.NewPersonalToken{GUID: console.NewGUID(), ValidTo: in.Input.ExpireAt.at(), IPFilter: console.GUID(text(in.Input.IPFilterID))}
}

func (r *root) CreatePersonalUserToken(ctx context.Context, args personalInput) (string, error) {
	_, secret, err := r.svc.CreatePersonalToken(ctx, caller(ctx), args.of())
	return secret.Reveal(), err
}

type createdPersonalToken struct{ *created }

func (c createdPersonalToken) TokenMetadata() *personalToken { return &personalToken{c.token} }

func (r *root) CreatePersonalUserTokenV2(ctx context.Context, args personalInput) (*createdPersonalToken, error) {
	made, secret, err := r.svc.CreatePersonalToken(ctx, caller(ctx), args.of())
	if err != nil {
		return nil, err
	}
	described, err := r.one(ctx, made)
	return &createdPersonalToken{&created{secret, described}}, err
}

// Token is the personal token of who asks, nil without one.
func (a *account) Token(ctx context.Context) (*personalToken, error) {
	if a.user.GUID == "" {
		return nil, nil
	}
	found, _, err := a.root.svc.PersonalToken(ctx, caller(ctx))
	if console.CodeOf(err) == console.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	described, err := a.root.one(ctx, found)
	return &personalToken{described}, err
}

// RotateToken gives a token a new secret; the old ones end at once. A person's own
// id stands for their personal token.
func (r *root) RotateToken(ctx context.Context, args struct{ Input struct{ ID string } }) (string, error) {
	who, guid, at := caller(ctx), console.GUID(args.Input.ID), console.Rotation{EndOldest: true}
	if guid == who.GUID && who.Kind == console.PrincipalUser {
		_, secret, err := r.svc.RotatePersonalToken(ctx, who, guid, at)
		return secret.Reveal(), err
	}
	_, secret, err := r.svc.RotateToken(ctx, who, "", guid, at)
	return secret.Reveal(), err
}
