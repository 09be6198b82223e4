package gen

// File is a file of the demo.
type File struct {
	Name    string
	Content []byte
}

// Files returns the demo's files, as they stand in the folder testdata.
func (d *Demo) Files() ([]File, error) {
	seed, err := d.Seed()
	if err != nil {
		return nil, err
	}
	return []File{{"contractors.csv", d.List()}, {"seed.json", seed}, {"nelm.yaml", d.Config()}, {"README.md", d.Readme()}}, nil
}
