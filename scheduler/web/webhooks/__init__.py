"""What providers call us with. No token: each call is signed, and one that isn't is refused."""
