package service_test

import (
	"context"

	"latchkey/internal/console"
)

// previewVerbs say beforehand what a change would meet.
var previewVerbs = map[string]guarded{
	"GetRepositoryByGUID": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetRepositoryByGUID(ctx, actor, s.repo.GUID)
		return err
	}},
	"PreviewRepositoryDeletion": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.PreviewRepositoryDeletion(ctx, actor, s.repo.GUID)
		return err
	}},
	"CountCutOff": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.CountCutOff(ctx, actor, s.ipFilter(""), "deny all")
		return err
	}},
}
