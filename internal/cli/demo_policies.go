package cli

import "latchkey/internal/console"

// policies plans what the sample's owner asks of the tokens of two types.
func (s *sampler) policies() {
	for i, policy := range []console.Policy{
		{Type: console.TypeSystem, Allowed: true, MaximumDays: 90, PermissionsFixed: true},
		{Type: console.TypeOrganizationManagement, Allowed: true, MaximumDays: 365},
	} {
		s.plan(s.on(30, i), func() error {
			_, err := s.UpdatePolicy(s.ctx, s.as(0), 0, policy, true)
			return err
		})
	}
}
