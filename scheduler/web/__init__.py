"""The HTTP edge: routes, errors as problem+json, who may do what. It decides nothing about care or sending."""
