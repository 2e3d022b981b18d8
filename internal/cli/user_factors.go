package cli

import (
	"context"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type userResetFactors struct {
	Email string `arg:"" help:"Address of the account."`
}

// Run removes the second factors of an account.
func (u userResetFactors) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		user, err := svc.ResetFactors(ctx, actor, u.Email)
		if err != nil {
			return err
		}
		return p.say("%s %s has no second factor now.\n", user.Name, user.Email)
	})
}
