// Outlines: the far side of the surface, spread along the normals and so seen around the silhouette.

#ifdef VERTEX

in vec3 skinned_position;
in vec3 skinned_normal;
in float edge_scale;

void main() {
    vec4 seen = view * vec4(skinned_position, 1.0);
    seen.xyz += normalize(mat3(view) * skinned_normal) * (edge_scale * edge_size * edge_spread * seen.z);
    gl_Position = projection * seen;
}

#endif
#ifdef FRAGMENT

out vec4 premultiplied;

void main() {
    premultiplied = vec4(edge_color.rgb * edge_color.a, edge_color.a);
}

#endif
