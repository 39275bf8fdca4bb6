"""Files that clinics author, read into domain values and written back; what they mean is the domain's."""
