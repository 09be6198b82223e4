package schema

// ValidateKeeping is Validate with another bound on what is kept, so that small lists go the way of large ones.
var ValidateKeeping = validate
