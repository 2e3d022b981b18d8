package views

import (
	"net/url"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// DashboardsPath lists the dashboards of a repository.
func DashboardsPath(repository string) string {
	return RepositorySettingsPath(repository) + "/dashboards"
}

// AssetsPath lists what is registered of a repository, and registers something by
// POST.
func AssetsPath(repository string) string { return RepositorySettingsPath(repository) + "/assets" }

// NewAssetPath is the form that registers something, of a type if one is given.
func NewAssetPath(repository string, of console.AssetType) string {
	path := AssetsPath(repository) + "/new"
	if of != "" {
		path += "?" + url.Values{"type": {string(of)}}.Encode()
	}
	return path
}

// AssetPath shows an asset, and changes it by POST.
func AssetPath(a console.Asset) string { return AssetsPath(a.Repository.Name) + "/" + string(a.GUID) }

// AssetEditPath is the form that changes an asset.
func AssetEditPath(a console.Asset) string { return AssetPath(a) + "/edit" }

// AssetDeletionPath asks whether to take an asset from the register, and does so by
// POST.
func AssetDeletionPath(a console.Asset) string { return AssetPath(a) + "/deletion" }

// AssetListProps is the page of a repository's assets, or of its dashboards.
type AssetListProps struct {
	Repository console.Repository
	Dashboards bool
	Name       string
	Page       console.Page[console.AssetSummary]
	Pager      ui.CursorPagerProps
	CanWrite   bool
}

func (p AssetListProps) section() string {
	if p.Dashboards {
		return "dashboards"
	}
	return "assets"
}

// Address is where the list is.
func (p AssetListProps) Address() string {
	if p.Dashboards {
		return DashboardsPath(p.Repository.Name)
	}
	return AssetsPath(p.Repository.Name)
}

func (p AssetListProps) title() string {
	if p.Dashboards {
		return "Dashboards"
	}
	return "Assets"
}

func (p AssetListProps) newType() console.AssetType {
	if p.Dashboards {
		return console.AssetDashboard
	}
	return ""
}

func (p AssetListProps) newLabel() string {
	if p.Dashboards {
		return "Register a dashboard"
	}
	return "Register an asset"
}

// assetIcon stands for assets of a type.
func assetIcon(of console.AssetType) string {
	switch of {
	case console.AssetDashboard:
		return "layout-dashboard"
	case console.AssetFile:
		return "database"
	case console.AssetSavedQuery:
		return "search"
	}
	return "bell"
}

// assetUse is how many tokens have rights on an asset, and how many open it.
func assetUse(a console.AssetSummary) string {
	text := plural(a.Tokens, "token with rights", "tokens with rights")
	if a.Type == console.AssetDashboard {
		text = plural(a.Links, "link", "links") + ", " + text
	}
	return text
}

// AssetFormProps is the form of an asset, as typed so far.
type AssetFormProps struct {
	Repository console.Repository
	// Asset is the one to change; nil for a new one.
	Asset                *console.Asset
	Type, Name, Resource string
	Version              int
	Errors               map[string]string
	Changed              string
	Page                 bool
}

func (p AssetFormProps) title() string {
	if p.Asset != nil {
		return "Edit " + p.Asset.Name
	}
	if p.Type == string(console.AssetDashboard) {
		return "Register a dashboard"
	}
	return "Register an asset"
}

func (p AssetFormProps) section() string {
	if p.Type == string(console.AssetDashboard) {
		return "dashboards"
	}
	return "assets"
}

func (p AssetFormProps) dialog() ui.DialogProps {
	d := ui.DialogProps{Title: p.title(), Text: "Latchkey keeps its name and its identifier, not what is in it.", Page: p.Page, Back: AssetsPath(p.Repository.Name), Return: "new-asset"}
	if p.Type == string(console.AssetDashboard) {
		d.Back = DashboardsPath(p.Repository.Name)
	}
	if p.Asset != nil {
		d.Back, d.Return = AssetPath(*p.Asset), "edit-asset"
	}
	return d
}

func (p AssetFormProps) form() ui.FormProps {
	f := inDialog(ui.FormProps{ID: "asset-form", Action: AssetsPath(p.Repository.Name), Gate: true, Enter: true}, p.Page)
	if p.Asset != nil {
		f.Action = AssetPath(*p.Asset)
	}
	return f
}

func (p AssetFormProps) focus(name string, attrs templ.Attributes) templ.Attributes {
	return focusFirst(p.Errors, name, attrs, "name", "resource", "type")
}

func (p AssetFormProps) types() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose what it is"}}
	for _, t := range console.AssetTypes() {
		options = append(options, ui.Option{Value: string(t), Label: t.Label()})
	}
	return options
}

// AssetShowProps is the page of an asset.
type AssetShowProps struct {
	Asset console.Asset
	// Links are those that open a dashboard.
	Links []console.DashboardLink
	// CanWrite is whether the reader may change it, and CanShare its links.
	CanWrite, CanShare bool
	Repository         console.Repository
	Reader             Reader
}

func (p AssetShowProps) section() string {
	if p.Asset.Type == console.AssetDashboard {
		return "dashboards"
	}
	return "assets"
}

// AssetDeletionProps asks whether to take an asset from the register.
type AssetDeletionProps struct {
	Asset console.Asset
	// Links are those that end with it.
	Links int
	Page  bool
}

func (p AssetDeletionProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: "Delete " + p.Asset.Name + "?", Text: "It leaves the register here, not the place where it is. Tokens lose their rights on it.",
		Icon: "trash-2", Tone: ui.Bad, Size: "sm", Alert: true, Page: p.Page, Back: AssetPath(p.Asset), Return: "delete-asset",
	}
	if p.Links > 0 {
		d.Text += " Its " + plural(p.Links, "link ends", "links end") + ", for good."
	}
	return d
}
