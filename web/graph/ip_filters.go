package graph

import (
	"cmp"
	"context"

	"latchkey/internal/console"
)

type ipFilter struct{ filter console.IPFilter }

func (f *ipFilter) ID() string       { return string(f.filter.GUID) }
func (f *ipFilter) Name() string     { return f.filter.Name }
func (f *ipFilter) IPFilter() string { return f.filter.Text }

// ipFilterOf is nil for no filter.
func ipFilterOf(filter console.IPFilter) *ipFilter {
	if filter.GUID == "" {
		return nil
	}
	return &ipFilter{filter}
}

func (r *root) IPFilters(ctx context.Context) ([]*ipFilter, error) {
	found, err := r.svc.ListIPFilters(ctx, caller(ctx))
	if err := cmp.Or(err, charge(ctx, len(found))); err != nil {
		return nil, err
	}
	filters := make([]*ipFilter, len(found))
	for i, filter := range found {
		filters[i] = &ipFilter{filter.IPFilter}
	}
	return filters, nil
}

func (r *root) CreateIPFilter(ctx context.Context, args struct {
	Input struct{ Name, IPFilter string }
}) (*ipFilter, error) {
	filter, err := r.svc.CreateIPFilter(ctx, caller(ctx), console.NewIPFilter{Name: args.Input.Name, Text: args.Input.IPFilter})
	return &ipFilter{filter}, err
}

// UpdateIPFilter changes what is given. That tokens are cut off is taken as meant:
// the dialect has no way to ask.
func (r *root) UpdateIPFilter(ctx context.Context, args struct {
	Input struct {
		ID             string
		Name, IPFilter *string
	}
}) (*ipFilter, error) {
	guid := console.GUID(args.Input.ID)
	before, err := r.svc.GetIPFilter(ctx, caller(ctx), guid)
	if err != nil {
		return nil, err
	}
	n := console.NewIPFilter{Name: before.Name, Text: before.Text}
	if args.Input.Name != nil {
		n.Name = *args.Input.Name
	}
	if args.Input.IPFilter != nil {
		n.Text = *args.Input.IPFilter
	}
	filter, err := r.svc.UpdateIPFilter(ctx, caller(ctx), guid, before.Version, n, true)
	return &ipFilter{filter}, err
}

func (r *root) DeleteIPFilter(ctx context.Context, args struct{ Input struct{ ID string } }) (bool, error) {
	guid := console.GUID(args.Input.ID)
	_, err := r.svc.GetIPFilter(ctx, caller(ctx), guid) // what is not there is that to everybody
	if err == nil {
		_, err = r.svc.DeleteIPFilter(ctx, caller(ctx), guid)
	}
	return err == nil, err
}
