package service_test

import (
	"time"

	"latchkey/internal/console"
)

// accountProvocations make happen what tokens and people do on the way in, and what
// becomes of their memberships.
var accountProvocations = map[console.Action]func(s *site){
	console.TokenRefused: func(s *site) {
		_, text := s.make(s.fresher("early"), from(s.clock.now().Add(time.Hour)))
		s.use(text)
		s.must(s.FlushUsage(s.t.Context(), true))
	},
	console.MemberChanged: func(s *site) {
		who := s.somebody()
		was := console.MemberRole("")
		for _, role := range []console.MemberRole{console.MemberViewer, console.MemberManager, ""} {
			_, err := s.UpdateMembership(s.t.Context(), s.as(console.RoleOwner), who.GUID, s.repo.GUID, was, role)
			s.must(err)
			was = role
		}
	},
	console.UserPasswordSet: func(s *site) {
		who := s.account(s.fresher("forgetful") + "@example.com")
		_, code, err := s.CreateUserLink(s.t.Context(), s.as(console.RoleOwner), who.GUID)
		s.must(err)
		_, err = s.AcceptInvitation(s.t.Context(), origin, code, who.Name, "another "+phrase)
		s.must(err)
	},
	console.IdentityLinked: func(s *site) {
		who := s.account(s.fresher("linked") + "@example.com")
		s.sso.settings.LinkByEmail, s.sso.said.Email, s.sso.said.Subject = true, who.Email, s.fresher("subject")
		_, err := s.arrive()
		s.must(err)
	},
	console.FactorRefused: func(s *site) {
		who := s.secured(s.fresher("secured") + "@example.com")
		s.refused("a wrong code", s.complete(s.held(who), "000000"), console.CodeInvalid)
	},
	console.RecoveryUsed: func(s *site) {
		who := s.secured(s.fresher("lost") + "@example.com")
		codes, err := s.RegenerateRecoveryCodes(s.t.Context(), origin.As(who))
		s.must(err)
		s.must(s.complete(s.held(who), codes[0].Reveal()))
	},
	console.ProofRefused: func(s *site) {
		who := s.account(s.fresher("hasty") + "@example.com")
		_, err := s.Prove(s.t.Context(), origin.As(who), s.session(who, "p"), "", party, console.Proof{Password: "wrong"})
		s.refused("a wrong proof", err, console.CodeUnproved)
	},
}
