"""The browser sources (`src/`, TypeScript) and the chores that build, check and weigh them."""
