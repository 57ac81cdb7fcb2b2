// What do the Express loads ask, and what is answered? The material only.

export const TEXT = "Hello, World!";

/** As many as an app of middling size has. */
export const ROUTES = 100;

/** The answer of a route: what was sent, and what the route knows. */
export const receipt = (id, { items, note }) => ({
  id,
  total: items.reduce((sum, item) => sum + item.price * item.count, 0),
  items,
  note,
});
