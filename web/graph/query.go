package graph

import (
	"context"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

// root answers the fields of Query and of Mutation.
type root struct {
	svc     *service.Service
	version string
}

// organizationID is that of the one organization, as LogScale calls it.
const organizationID = "SINGLE_ORGANIZATION_ID"

type organization struct{ root *root }

func (r *root) Organization() *organization { return &organization{r} }

func (*organization) ID() string           { return organizationID }
func (*organization) Description() *string { return nil }

func (o *organization) Name(ctx context.Context) string {
	return o.root.svc.Settings(ctx).Organization
}

func (o *organization) Configs() *organizationConfigs { return &organizationConfigs{o.root} }

type organizationConfigs struct{ root *root }

// Tokens is what the organization asks of tokens, for those who may see that.
func (c *organizationConfigs) Tokens(ctx context.Context) (*tokenPolicies, error) {
	policies, err := c.root.svc.ListPolicies(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	return newTokenPolicies(ctx, c.root, policies)
}

type metadata struct {
	root     *root
	policies console.Policies
}

func (r *root) Meta(ctx context.Context, _ struct{ URL *string }) (*metadata, error) {
	policies, err := r.svc.Policies(ctx)
	return &metadata{r, policies}, err
}

func (m *metadata) Version() string { return m.root.version }
func (m *metadata) PersonalUserTokensEnabled() bool {
	return m.policies.Of(console.TypePersonal).Allowed
}
func (m *metadata) SharedDashboardsEnabled() bool {
	return m.policies.Of(console.TypeDashboardLink).Allowed
}
