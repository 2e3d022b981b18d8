package views

import "latchkey/internal/console"

// TokensExportPath is a list of tokens as a file.
func TokensExportPath(repository string, format console.ExportFormat) string {
	return TokensPath(repository) + "." + string(format)
}

// ImportsPath asks for a file of tokens to be made, and takes it by POST.
func ImportsPath() string { return TokensPath("") + "/import" }

// ImportPath shows what such a file would make, or made.
func ImportPath(guid console.GUID) string { return ImportsPath() + "/" + string(guid) }

// ImportedSecretsPath makes the tokens, by POST, and is their secrets as a file.
func ImportedSecretsPath(guid console.GUID) string { return ImportPath(guid) + "/secrets.csv" }

// ImportRotationPath is, by POST, a file of new secrets for what nobody used.
func ImportRotationPath(guid console.GUID) string { return ImportPath(guid) + "/rotation.csv" }

// TokenViewsPath lists the views of a list of tokens, and saves one by POST.
func TokenViewsPath(repository string) string { return TokensPath(repository) + "/views" }

// TokenViewPath changes a view, by POST.
func TokenViewPath(repository string, guid console.GUID) string {
	return TokenViewsPath(repository) + "/" + string(guid)
}

// ChosenExportPath is, by POST, chosen tokens as a file.
func ChosenExportPath(repository string) string { return TokensPath(repository) + "/export" }
