package cli

import (
	"context"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type userResetFactors struct {
	Person string `arg:"" help:"The person's address or GUID."`
}

// Run removes the second factors of a person.
func (u userResetFactors) Run(ctx context.Context, p *program) error {
	return p.withPerson(ctx, u.Person, func(svc *service.Service, actor console.Principal, user console.User) error {
		user, err := svc.ResetFactors(ctx, actor, user.GUID)
		if err != nil {
			return err
		}
		return p.say("%s %s has no second factor now.\n", user.Name, user.Email)
	})
}
