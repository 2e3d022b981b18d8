package cli

import (
	"cmp"
	"context"
	"strconv"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type assetCommands struct {
	List   assetList   `cmd:"" help:"List what is registered of a repository."`
	Create assetCreate `cmd:"" help:"Register a dashboard, a file or another asset of a repository."`
	Edit   assetEdit   `cmd:"" help:"Change the name or the identifier of an asset."`
	Delete assetDelete `cmd:"" help:"Take an asset from the register. Tokens lose their rights on it, and links to it end."`
}

// assetJSON is an asset as JSON output has it.
type assetJSON struct {
	GUID       console.GUID      `json:"guid"`
	Repository string            `json:"repository"`
	Type       console.AssetType `json:"type"`
	Name       string            `json:"name"`
	Resource   string            `json:"resource"`
	Tokens     int               `json:"tokens"`
	Links      int               `json:"links"`
	Version    int               `json:"version"`
}

const noSuchAsset = "There is no asset with that GUID."

type assetList struct {
	Repository string `required:"" placeholder:"NAME" help:"The repository or view."`
	Type       string `placeholder:"TYPE" help:"Only those of this type, such as Dashboard or File."`
	JSON       bool   `name:"json" help:"Print JSON, one asset a line."`
}

// Run lists the assets by name.
func (l assetList) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		repository, err := svc.GetRepository(ctx, actor, l.Repository)
		if err != nil {
			return absent(err, "There is no repository “"+l.Repository+"”.")
		}
		var filter console.AssetFilter
		if l.Type != "" {
			filter.Types = []console.AssetType{console.AssetType(l.Type)}
		}
		pages := func(request console.PageRequest) (console.Page[console.AssetSummary], error) {
			return svc.ListAssets(ctx, actor, repository.GUID, filter, request)
		}
		if l.JSON {
			return everyPage(pages, func(a console.AssetSummary) error {
				return p.sayJSON(assetJSON{a.GUID, a.Repository.Name, a.Type, a.Name, a.Resource, a.Tokens, a.Links, a.Version})
			})
		}
		assets := p.list("GUID", "TYPE", "NAME", "IDENTIFIER", "TOKENS", "LINKS")
		return assets.end(everyPage(pages, func(a console.AssetSummary) error {
			return assets.row(string(a.GUID), string(a.Type), a.Name, a.Resource, strconv.Itoa(a.Tokens), strconv.Itoa(a.Links))
		}))
	})
}

type assetCreate struct {
	Name       string `arg:"" help:"Its name."`
	Repository string `required:"" placeholder:"NAME" help:"The repository or view that it is in."`
	Type       string `default:"Dashboard" placeholder:"TYPE" help:"Dashboard, SavedQuery, File, Action, LegacyAlert, FilterAlert, AggregateAlert, ScheduledSearch or ScheduledReport (default: Dashboard)."`
	Resource   string `placeholder:"IDENTIFIER" help:"What clients call it when they give rights on it (default: one is made)."`
}

// Run registers an asset.
func (c assetCreate) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		repository, err := svc.GetRepository(ctx, actor, c.Repository)
		if err != nil {
			return absent(err, "There is no repository “"+c.Repository+"”.")
		}
		asset, err := svc.CreateAsset(ctx, actor, console.NewAsset{Repository: repository.GUID, Type: console.AssetType(c.Type), Name: c.Name, Resource: c.Resource})
		if err != nil {
			return err
		}
		return p.say("Registered %s, GUID %s, identifier %s.\n", asset.Name, asset.GUID, asset.Resource)
	})
}

type assetEdit struct {
	GUID     string `arg:"" name:"guid" help:"The asset's GUID."`
	Name     string `placeholder:"NAME" help:"Its new name."`
	Resource string `placeholder:"IDENTIFIER" help:"Its new identifier."`
	Version  int    `placeholder:"N" help:"Refuse if it is no longer at this version."`
}

// Run changes what is named of an asset.
func (e assetEdit) Run(ctx context.Context, p *program) error {
	return p.withAsset(ctx, e.GUID, func(svc *service.Service, actor console.Principal, asset console.Asset) error {
		n := console.NewAsset{Name: cmp.Or(e.Name, asset.Name), Resource: cmp.Or(e.Resource, asset.Resource)}
		saved, err := svc.UpdateAsset(ctx, actor, asset.GUID, cmp.Or(e.Version, asset.Version), n)
		if err != nil {
			return err
		}
		return p.say("Saved %s.\n", saved.Name)
	})
}

type assetDelete struct {
	GUID string `arg:"" name:"guid" help:"The asset's GUID."`
}

// Run takes an asset from the register.
func (d assetDelete) Run(ctx context.Context, p *program) error {
	return p.withAsset(ctx, d.GUID, func(svc *service.Service, actor console.Principal, asset console.Asset) error {
		if err := svc.DeleteAsset(ctx, actor, asset.GUID); err != nil {
			return err
		}
		return p.say("Deleted %s.\n", asset.Name)
	})
}

// withAsset is withService for what is done to one asset.
func (p *program) withAsset(ctx context.Context, text string, do func(svc *service.Service, actor console.Principal, asset console.Asset) error) error {
	guid, err := parseGUID(text)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		asset, err := svc.GetAsset(ctx, actor, guid)
		if err != nil {
			return absent(err, noSuchAsset)
		}
		return do(svc, actor, asset)
	})
}
