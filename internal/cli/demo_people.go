package cli

import "latchkey/internal/console"

// sampleAccess is what the members among samplePeople may see and grant.
var sampleAccess = []struct {
	place        int
	scopes       []string
	repositories map[string]console.MemberRole
}{
	{4, []string{"ChangeDashboards", "QueryDashboard", "ReadAccess"}, map[string]console.MemberRole{"payments-events": console.MemberManager, "search-index": console.MemberViewer}},
	{5, []string{"ChangeIngestTokens", "ChangeParsers", "ReadAccess", "billing:read"}, map[string]console.MemberRole{"billing-ledger": console.MemberManager, "edge-access-logs": console.MemberViewer}},
	{leaver, []string{"ReadAccess"}, map[string]console.MemberRole{"mobile-telemetry": console.MemberManager}},
}

// leaver is the place of who left, leftDaysAgo when that was.
const (
	leaver      = 6
	leftDaysAgo = 22
)

// access plans what members may see and grant, and who was invited and who
// left since.
func (s *sampler) access() {
	for _, a := range sampleAccess {
		user := s.users[a.place]
		s.plan(s.on(396, a.place), func() error {
			_, err := s.ChangeAccess(s.ctx, s.as(0), []console.AccessChange{{User: user.GUID, Version: 1, Gain: a.scopes}})
			return err
		})
		for name, role := range a.repositories {
			s.plan(s.on(395, a.place), func() error {
				_, err := s.UpdateMembership(s.ctx, s.as(0), user.GUID, s.names[name], "", role)
				return err
			})
		}
	}
	s.plan(s.on(leftDaysAgo, 1), func() error {
		_, err := s.DisableUser(s.ctx, s.as(0), s.users[leaver].GUID, console.Departure{Handover: console.HandoverKeep})
		return err
	})
	s.plan(s.on(2, 1), func() error {
		_, _, err := s.InviteUser(s.ctx, s.as(0), console.Invitation{
			Email: "ines.ferreira@northwind.example", Name: "Ines Ferreira", Role: console.RoleMember, Scopes: []string{"QueryDashboard", "ReadAccess"},
			Memberships: []console.Membership{{Repository: s.names["sandbox"], Role: console.MemberManager}},
		})
		return err
	})
}
