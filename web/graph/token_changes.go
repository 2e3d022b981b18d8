package graph

import (
	"context"

	"latchkey/internal/console"
)

// newToken is what the inputs for new tokens have in common.
type newToken struct {
	Name       string
	ExpireAt   *Long
	IPFilterID *string
}

func (n newToken) of(t console.Type, scopes []string) console.NewToken {
	return console.NewToken{
		GUID: console.NewGUID(), Type: t, Name: n.Name, Scopes: scopes,
		ValidTo: n.ExpireAt.at(), IPFilter: console.GUID(text(n.IPFilterID)),
	}
}

// created is a new token with its secret, which exists in this answer only.
type created struct {
	secret console.Secret
	token  *token
}

// Token is the token string.
func (c *created) Token() string { return c.secret.Reveal() }

type (
	createdViewToken         struct{ *created }
	createdOrganizationToken struct{ *created }
	createdSystemToken       struct{ *created }
)

func (c createdViewToken) TokenMetadata() *viewToken { return &viewToken{c.token} }
func (c createdOrganizationToken) TokenMetadata() *organizationToken {
	return &organizationToken{c.token}
}
func (c createdSystemToken) TokenMetadata() *systemToken { return &systemToken{c.token} }

func (r *root) create(ctx context.Context, n console.NewToken) (*created, error) {
	made, secret, err := r.svc.CreateToken(ctx, caller(ctx), n)
	if err != nil {
		return nil, err
	}
	described, err := r.one(ctx, made)
	return &created{secret, described}, err
}

// createPlain is create for the older forms, which answer the token string.
func (r *root) createPlain(ctx context.Context, n console.NewToken) (string, error) {
	_, secret, err := r.svc.CreateToken(ctx, caller(ctx), n)
	return secret.Reveal(), err
}

func guids(ids []string) []console.GUID {
	all := make([]console.GUID, len(ids))
	for i, id := range ids {
		all[i] = console.GUID(id)
	}
	return all
}

func (r *root) CreateViewPermissionsToken(ctx context.Context, args struct {
	Input struct {
		newToken
		ViewIDs     []string
		Permissions []string
	}
}) (string, error) {
	n := args.Input.of(console.TypeRepository, args.Input.Permissions)
	n.Repositories = guids(args.Input.ViewIDs)
	return r.createPlain(ctx, n)
}

func (r *root) CreateViewPermissionsTokenV2(ctx context.Context, args struct {
	Input struct {
		newToken
		ViewIDs                    []string
		ViewPermissions            []string
		AssetPermissionAssignments *[]assetAssignment
	}
}) (*createdViewToken, error) {
	n := args.Input.of(console.TypeRepository, args.Input.ViewPermissions)
	n.Repositories, n.Assets = guids(args.Input.ViewIDs), grantsOf(args.Input.AssetPermissionAssignments)
	made, err := r.create(ctx, n)
	return &createdViewToken{made}, err
}

func (r *root) CreateOrganizationPermissionsToken(ctx context.Context, args struct {
	Input struct {
		newToken
		Permissions []string
	}
}) (string, error) {
	return r.createPlain(ctx, args.Input.of(console.TypeOrganization, args.Input.Permissions))
}

func (r *root) CreateOrganizationPermissionsTokenV2(ctx context.Context, args struct {
	Input struct {
		newToken
		OrganizationPermissions []string
	}
}) (*createdOrganizationToken, error) {
	made, err := r.create(ctx, args.Input.of(console.TypeOrganization, args.Input.OrganizationPermissions))
	return &createdOrganizationToken{made}, err
}

func (r *root) CreateSystemPermissionsToken(ctx context.Context, args struct {
	Input struct {
		newToken
		Permissions []string
	}
}) (string, error) {
	return r.createPlain(ctx, args.Input.of(console.TypeSystem, args.Input.Permissions))
}

func (r *root) CreateSystemPermissionsTokenV2(ctx context.Context, args struct {
	Input struct {
		newToken
		SystemPermissions []string
	}
}) (*createdSystemToken, error) {
	made, err := r.create(ctx, args.Input.of(console.TypeSystem, args.Input.SystemPermissions))
	return &createdSystemToken{made}, err
}

// updateArgs are new permissions for a token.
type updateArgs struct {
	Input struct {
		ID          string
		Permissions []string
	}
}

func (r *root) UpdateViewPermissionsTokenPermissions(ctx context.Context, args updateArgs) (string, error) {
	return r.update(ctx, console.TypeRepository, args)
}

func (r *root) UpdateOrganizationPermissionsTokenPermissions(ctx context.Context, args updateArgs) (string, error) {
	return r.update(ctx, console.TypeOrganization, args)
}

func (r *root) UpdateSystemPermissionsTokenPermissions(ctx context.Context, args updateArgs) (string, error) {
	return r.update(ctx, console.TypeSystem, args)
}

// update gives a token of a type other permissions, and answers its id.
func (r *root) update(ctx context.Context, t console.Type, args updateArgs) (string, error) {
	guid := console.GUID(args.Input.ID)
	before, err := r.svc.GetToken(ctx, caller(ctx), "", guid)
	if err == nil && before.Type != t {
		err = console.NotFound()
	}
	if err != nil {
		return "", err
	}
	_, err = r.svc.UpdateToken(ctx, caller(ctx), "", guid, before.Version, console.TokenPatch{Scopes: &args.Input.Permissions})
	return string(guid), err
}

// DeleteToken removes a token. Its name, which the console asks for, is no
// question here: whoever sends an id has chosen.
func (r *root) DeleteToken(ctx context.Context, args struct{ Input struct{ ID string } }) (bool, error) {
	guid := console.GUID(args.Input.ID)
	before, err := r.svc.GetToken(ctx, caller(ctx), "", guid)
	if err == nil && before.Type == console.TypeDashboardLink {
		err = console.NotFound()
	}
	if err == nil {
		_, err = r.svc.DeleteToken(ctx, caller(ctx), "", guid, before.Name)
	}
	return err == nil, err
}
