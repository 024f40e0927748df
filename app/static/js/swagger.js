// Draws the API's description into its page.
{
  const domNode = document.getElementById("swagger-ui");
  window.SwaggerUIBundle({ url: domNode.dataset.url, domNode, deepLinking: true, validatorUrl: null });
}
